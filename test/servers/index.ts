export { freePort } from './free-port.ts';
export { startInflux1, type Influx1Options, type Influx1Server } from './influx1.ts';
export type { Influx1Configuration } from './influx1-configuration.ts';
export type { Influx1User, InfluxRow } from './influx1-query.ts';
export { startRedisCluster, type RedisCluster } from './redis-cluster.ts';
export { startRedis, type RedisServer } from './redis.ts';
export { startVictoriaMetrics, type VictoriaMetricsServer } from './victoria-metrics.ts';
export { LineError, parseLine, splitLines, type ParsedLine, type ParsedValue } from './line-parser.ts';
export type { Fault, Faults } from './strict-faults.ts';
export {
  startStrictInflux,
  StrictInflux,
  type StrictFlavour,
  type StrictInfluxOptions,
  type StrictRequest,
} from './strict-influx.ts';
export type { StoreResult, StrictPoint, StrictStore } from './strict-store.ts';
