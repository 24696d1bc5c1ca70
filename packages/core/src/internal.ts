/**
 * What the other packages of influx-monitoring share with core and users do not need. It may change in any release: the
 * packages name the exact version of core.
 */
export { MAX_BATCH_BYTES, MAX_BATCH_LINES } from './batch/block.ts';
export { batchOfLines, batchOfText } from './batch/batch.ts';
export { ownCopy } from './lines/escape.ts';
export type { HeadKeeper } from './points/sender-points.ts';
export { checkedCode, codeOfError, type ErrorCode } from './points/error-code.ts';
export {
  attachMessageState,
  dataIn,
  findMessageState,
  findRequestData,
  messageStateFor,
  requestDataFor,
  type MessageState,
} from './points/requests/message-state.ts';
export { RequestData } from './points/requests/request-data.ts';
export {
  isFailedStatus,
  pointsOfRequest,
  STATUS_NOT_FINISHED,
  statusOf,
  UNMATCHED,
  type RequestOutcome,
} from './points/requests/request-outcome.ts';
export {
  createIgnoreTest,
  isIgnoreOption,
  pathOfUrl,
  type IgnoreRule,
  type IgnoreTest,
} from './points/requests/ignore-rules.ts';
export {
  MAX_REQUEST_ID_LENGTH,
  REQUEST_ID_HEADER,
  createRequestId,
  resolveRequestId,
} from './points/requests/request-id.ts';
export { traceIdOf } from './points/requests/trace-id.ts';
export { foldedSeriesOf, sampleRateOf, SUMMARY_SUFFIX, type FoldedSeries } from './folding/folded-series.ts';
export { ProcessSampler } from './metrics/process-sampler.ts';
export { countRequestsInFlight, requestsInFlight } from './metrics/requests-in-flight.ts';
export { isTooOld, MESSAGE_TOO_OLD } from './messages/message-age.ts';
export {
  callAsCarried,
  carriedMessage,
  isCarriedSynchronously,
  runSynchronouslyWithMessage,
} from './messages/message-context.ts';
export { isRecorded, markRecorded } from './messages/recorded-faults.ts';
export {
  createScannedLine,
  endOfSeries,
  readNumberField,
  readTextField,
  scanLine,
  type ScannedLine,
} from './lines/scan.ts';
export {
  guardListener,
  guardQuestion,
  type CallbackFailure,
  type OnCallbackFailure,
} from './process/callback-guard.ts';
export {
  coverMethod,
  methodBehind,
  ownerOf,
  replaceMethod,
  uncoverMethod,
  type Method,
  type Patch,
} from './process/patching.ts';
export { forgetHookState, hookState, processWide } from './process/process-wide.ts';
export { read } from './points/requests/read-property.ts';
export { checkOptions, rules, type OptionRule, type OptionRules } from './option-rules.ts';
export { createWire } from './wires/create-wire.ts';
export { RetryPolicy } from './sending/retry.ts';
export { CURSOR_SUFFIX, OWNER_FILE, QUEUE_PREFIX, SEGMENT_SUFFIX } from './spool/names.ts';
export { MAX_TOLD_LENGTH, rememberCredential, safeText } from './process/outside-text.ts';
export { findDoubtfulVariables, KNOWN_VARIABLES, type DoubtfulVariable } from './config/doubtful-variables.ts';
export { DEFAULT_CONFIGURATION, type ResolvedConfiguration } from './config/resolve.ts';
export { loadConfiguration, type ConfigurationSources } from './default-monitoring.ts';
export { selfFieldsOf } from './ledger/stats.ts';
export { DEFAULT_DELIVERY_OPTIONS } from './sending/delivery-options.ts';
export { SETTING_NAMES, SETTINGS, type SettingDefinition, type SettingName } from './config/settings-table.ts';
export { LOG_CODES, type LogCode } from './ledger/log-line.ts';
