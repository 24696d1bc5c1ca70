export { BaseMonitoringAdapter, type BaseMonitoringAdapterInit } from './adapters/base-adapter.ts';
export { Influx1MonitoringAdapter, type Influx1MonitoringAdapterInit } from './adapters/influx1-adapter.ts';
export { Influx2MonitoringAdapter, type Influx2MonitoringAdapterInit } from './adapters/influx2-adapter.ts';
export { MemoryMonitoringAdapter, type MemoryMonitoringAdapterInit } from './adapters/memory-adapter.ts';
export type { LineObserver } from './adapters/line-observers.ts';
export { PointStore, type PointQuery, type PointStoreOptions, type StoredBatch } from './adapters/point-store.ts';
export {
  Influx1Settings,
  Influx2Settings,
  type Influx1SettingsInit,
  type Influx2SettingsInit,
  type InfluxAddress,
} from './adapters/settings.ts';
export type {
  Influx1Credentials,
  Influx2Credentials,
  InfluxOptions,
  MonitoringOptions,
  ReInitializeOptions,
} from './config/options.ts';
export type { ResolvedConfiguration } from './config/resolve.ts';
export {
  createMonitoring,
  defaultMonitoring,
  loadConfiguration,
  type ConfigurationSources,
} from './default-monitoring.ts';
export type { StopResult } from './delivery/delivery.ts';
export type { Lines } from './delivery/lines.ts';
export type { DeliveryEvent, DeliveryEventKind } from './delivery/events.ts';
export {
  DEFAULT_DELIVERY_OPTIONS,
  type DeliveryOptions,
  type Durability,
  type SignalHandling,
} from './delivery/options.ts';
export type { Batch, Outcome, Wire } from './delivery/outcome.ts';
export {
  claimSpoolQueue,
  listSpoolQueue,
  listSpoolQueues,
  readSpoolSegment,
  type SpoolQueue,
  type SpoolSegment,
} from './delivery/spool/reader.ts';
export { selfFieldsOf, type DeliveryStats, type DropCount, type DropReason } from './delivery/stats.ts';
export { MonitoringError, type MonitoringErrorCode } from './errors.ts';
export { decodeLine, type StoredPoint } from './line-protocol/decode.ts';
export type { Logger } from './logger.ts';
export type { PointDict, Repair } from './line-protocol/encode.ts';
export { currentMessage, runSynchronouslyWithMessage, runWithMessage, type MessageContext } from './message-context.ts';
export { monitorProcess, type MonitorProcessOptions } from './monitor-process.ts';
export { BaseLunaMonitoring, LunaRequestInfluxMonitoring, type MonitoringStats } from './monitoring.ts';
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
export type { ProcessMetrics } from './process-metrics.ts';
export { MAX_REQUEST_ID_LENGTH, REQUEST_ID_HEADER, createRequestId, resolveRequestId } from './request-id.ts';
