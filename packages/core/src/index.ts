export { BaseMonitoringAdapter, type BaseMonitoringAdapterInit } from './adapters/base-adapter.ts';
export { MemoryMonitoringAdapter, type MemoryMonitoringAdapterInit } from './adapters/memory-adapter.ts';
export { PointStore, type PointQuery, type PointStoreOptions } from './adapters/point-store.ts';
export type { StopResult } from './delivery/delivery.ts';
export type { DeliveryStats, DropCount, DropReason } from './delivery/stats.ts';
export { MonitoringError, type MonitoringErrorCode } from './errors.ts';
export type { StoredPoint } from './line-protocol/decode.ts';
export type { PointDict } from './line-protocol/encode.ts';
export { currentMessage, runWithMessage, type MessageContext } from './message-context.ts';
export {
  BaseLunaMonitoring,
  LunaRequestInfluxMonitoring,
  defaultMonitoring,
  type LunaRequestInfluxMonitoringInit,
  type MonitoringStats,
} from './monitoring.ts';
export { checkOptions, rules, type OptionRule, type OptionRules } from './options.ts';
export { DataForMonitoring, monitorTime, type TimeMeasurement } from './points/monitoring-data.ts';
export {
  BaseMonitoringPoint,
  DEFAULT_SERVICE,
  roundToMicroseconds,
  type BaseMonitoringPointInit,
  type Fields,
  type FieldValue,
  type Tags,
  type TagValue,
} from './points/monitoring-point.ts';
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
export { MAX_REQUEST_ID_LENGTH, REQUEST_ID_HEADER, createRequestId, resolveRequestId } from './request-id.ts';
