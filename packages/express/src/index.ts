export type { ErrorCode } from '@influx-monitoring/core/internal';
export { RequestData as RequestMonitoringData } from '@influx-monitoring/core/internal';
export { influxMonitoring, type InfluxMonitoringMiddleware } from './middleware.ts';
export {
  DEFAULT_INFLUX_MONITORING_OPTIONS,
  type AdditionalFields,
  type AdditionalTags,
  type IgnoreRule,
  type InfluxMonitoringOptions,
  type StandardField,
  type StandardTag,
} from './options.ts';
export { requestData } from './request-data.ts';
export { uninstrumentExpress } from './uninstrument.ts';
