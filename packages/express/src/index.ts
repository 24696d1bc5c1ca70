export type { IgnoreRule } from './ignore.ts';
export { influxMonitoring, type InfluxMonitoringMiddleware } from './middleware.ts';
export {
  DEFAULT_INFLUX_MONITORING_OPTIONS,
  type AdditionalFields,
  type AdditionalTags,
  type InfluxMonitoringOptions,
  type StandardField,
  type StandardTag,
} from './options.ts';
export type { ErrorCode } from './request-error.ts';
export { RequestMonitoringData } from './request-data.ts';
