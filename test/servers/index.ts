export { freePort } from './free-port.ts';
export { startInflux1, type Influx1Options, type Influx1Server, type InfluxRow } from './influx1.ts';
export { startRedis, type RedisServer } from './redis.ts';
export { startVictoriaMetrics, type VictoriaMetricsServer } from './victoria-metrics.ts';
