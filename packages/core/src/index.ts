export { BaseMonitoringAdapter, type BaseMonitoringAdapterInit } from './adapters/base-adapter.ts';
export { Influx1MonitoringAdapter, type Influx1MonitoringAdapterInit } from './adapters/influx1-adapter.ts';
export { Influx2MonitoringAdapter, type Influx2MonitoringAdapterInit } from './adapters/influx2-adapter.ts';
export { MemoryMonitoringAdapter, type MemoryMonitoringAdapterInit } from './adapters/memory-adapter.ts';
export type { LineObserver } from './lines/line-observers.ts';
export { PointStore, type PointQuery, type PointStoreOptions, type StoredBatch } from './wires/point-store.ts';
export {
  Influx1Settings,
  Influx2Settings,
  type Influx1SettingsInit,
  Influx3Settings,
  type Influx2SettingsInit,
  type Influx3SettingsInit,
  type InfluxSettings,
  type TlsFiles,
  type InfluxAddress,
} from './wires/settings.ts';
export type {
  Influx1Credentials,
  Influx1Options,
  Influx2Credentials,
  Influx2CredentialsFor3,
  Influx2Options,
  Influx3Credentials,
  Influx3Options,
  InfluxAddressOptions,
  InfluxOptions,
  InfluxOptionsByCredentials,
  MemoryStoreOptions,
} from './config/influx-options.ts';
export type { MonitoringOptions, MonitoringSettings, ReInitializeOptions } from './config/monitoring-options.ts';
export {
  createMonitoring,
  defaultMonitoring,
  setDefaultMonitoring,
  type ConfigurationSources,
} from './default-monitoring.ts';
export type { StopOptions, StopResult } from './sending/shutdown.ts';
export type { Lines } from './batch/lines.ts';
export type { DeliveryEvent, DeliveryEventKind } from './ledger/delivery-event.ts';
export type { DeliveryOptions, Durability, SignalHandling } from './sending/delivery-options.ts';
export type { Batch, Outcome, RefusedLine, Wire } from './batch/outcome.ts';
export type { DropReason } from './ledger/drop-reason.ts';
export type { DeliveryStats, DropCount, SelfStats } from './ledger/stats.ts';
export type { Health, HealthState } from './ledger/health.ts';
export { MonitoringError, type MonitoringErrorCode } from './errors.ts';
export { decodeLine, type StoredPoint } from './lines/decode.ts';
export type { Logger } from './logger.ts';
export type { PointDict, Repair } from './lines/encode.ts';
export {
  currentMessage,
  runSynchronouslyWithMessage,
  runWithMessage,
  runWithoutMessage,
  type MessageContext,
} from './messages/message-context.ts';
export { monitorProcess, type MonitorProcessOptions } from './monitor-process.ts';
export {
  BaseLunaMonitoring,
  type BaseMonitoring,
  type FlushOptions,
  type Monitoring,
  type MonitoringStats,
  type PointTimer,
  type Undo,
} from './base-monitoring.ts';
export type { PointData } from './points/recorded-point.ts';
export { LunaRequestInfluxMonitoring } from './monitoring.ts';
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
export type { ProcessMetrics } from './metrics/process-metrics.ts';
