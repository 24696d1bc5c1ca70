/** The points alone, without delivery: `@influx-monitoring/core/points`. */
export { DataForMonitoring, monitorTime, type TimeMeasurement } from './points/data-for-monitoring.ts';
export {
  BaseMonitoringPoint,
  DEFAULT_SERVICE,
  roundToMicroseconds,
  type BaseMonitoringPointInit,
  type Fields,
  type FieldsOf,
  type FieldValue,
  type RecordablePoint,
  type Tags,
  type TagsOf,
  type TagValue,
} from './points/base-point.ts';
export { ProcessPoint, type ProcessPointInit } from './points/process-point.ts';
export { SelfPoint, type SelfPointInit } from './points/self-point.ts';
export {
  BaseRequestMonitoringPoint,
  RequestErrorMonitoringPoint,
  RequestMonitoringPoint,
  getRoute,
  type AdditionalData,
  type BaseRequestMonitoringPointInit,
  type RequestErrorMonitoringPointInit,
  type RequestMonitoringPointInit,
} from './points/request-points.ts';
export {
  BaseSenderMonitoringPoint,
  ErrorPoint,
  SubscribeRedisPoint,
  WSRequestPoint,
  type BaseSenderMonitoringPointInit,
  type ErrorPointInit,
  type SubscribeRedisPointInit,
  type WSRequestPointInit,
} from './points/sender-points.ts';
