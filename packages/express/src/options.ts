import { MonitoringError, type BaseMonitoring, type Fields, type Tags } from '@influx-monitoring/core';
import {
  checkOptions,
  isIgnoreOption,
  rules,
  type ErrorCode,
  type IgnoreRule as IgnoreRuleFor,
  type OptionRules,
} from '@influx-monitoring/core/internal';
import type { Request, Response } from 'express';

/** A path prefix, a pattern for the path, or a function that says true. */
export type IgnoreRule = IgnoreRuleFor<Request>;

/** Tags that the points have anyway; they cannot be given anew. */
export type StandardTag = 'service' | 'route' | 'status_code' | 'error_code';

/** Fields that the points have anyway, or have when an option asks for them. */
export type StandardField =
  | 'request_id'
  | 'execution_time'
  | 'sample_rate'
  | 'time_to_first_byte'
  | 'bytes_written'
  | 'requests_in_flight'
  | 'trace_id';

type Without<Name extends string> = { readonly [Key in Name]?: never };

/** Tags of your own. A standard name is a compile error. */
export type AdditionalTags = Tags & Without<StandardTag>;

/** Fields of your own. A standard name is a compile error. */
export type AdditionalFields = Fields & Without<StandardField>;

/**
 * Options of `influxMonitoring`. A callback that throws, or gives a promise in place of a value, is counted in
 * `stats().counters` and otherwise passed over.
 */
export interface InfluxMonitoringOptions {
  /** Fields for both points of each request, or what gives them when the request ends. */
  readonly additionalFields?:
    AdditionalFields | ((req: Request, res: Response) => AdditionalFields | undefined) | undefined;
  /** Tags for both points of each request, or what gives them when the request ends. Keep their values few. */
  readonly additionalTags?: AdditionalTags | ((req: Request, res: Response) => AdditionalTags | undefined) | undefined;
  /**
   * Field `bytes_written`: what the response put on the connection, headers and chunk frames included, in bytes.
   * Over HTTP/2 the body's bytes alone.
   * @defaultValue false
   */
  readonly bytesWritten?: boolean | undefined;
  /** Send the request id back in the header `Luna-Request-Id`. @defaultValue true */
  readonly echoRequestId?: boolean | undefined;
  /**
   * The code of a failed request whose error carries none; `error` is `undefined` where a status was set without one.
   * Without a result the HTTP status is the code.
   */
  readonly getErrorCode?: ((error: unknown, req: Request, res: Response) => ErrorCode | undefined) | undefined;
  /** The request id, in place of the headers; without a result the headers are asked. */
  readonly getRequestId?: ((req: Request) => string | undefined) | undefined;
  /**
   * Requests to leave out: a path prefix (`/health` is /health and all below it), a pattern, a function, or several.
   * They are matched against the path without the query.
   */
  readonly ignore?: IgnoreRule | readonly IgnoreRule[] | undefined;
  /** Where the points go. @defaultValue the one monitoring of the process */
  readonly monitoring?: BaseMonitoring | undefined;
  /**
   * `failed-and-slow` leaves `request_id` out of the points of `requests` that neither failed nor took `slowSeconds`:
   * most of a point's bytes on disk. Those of `errors` always have it.
   * @defaultValue 'all'
   */
  readonly requestIds?: 'all' | 'failed-and-slow' | undefined;
  /** Field `requests_in_flight`: how many requests were being handled when this one came, itself included. @defaultValue false */
  readonly requestsInFlight?: boolean | undefined;
  /**
   * The share of successful requests to record, from 0 to 1. Failed and slow ones are always recorded. Below 1 each
   * point of `requests` has the field `sample_rate`, by which it was kept: count with `sum(1 / sample_rate)`. Where the
   * series is folded (`aggregate`), all are.
   * @defaultValue 1
   */
  readonly sampleRate?: number | undefined;
  /** From how many seconds on a request is slow. @defaultValue 1 */
  readonly slowSeconds?: number | undefined;
  /** Field `time_to_first_byte`: until the response's first byte was written, in seconds. @defaultValue false */
  readonly timeToFirstByte?: boolean | undefined;
  /**
   * Field `trace_id`: of `traceparent`, else of the span of OpenTelemetry that is active when the request arrives. There
   * is none where there is neither.
   * @defaultValue false
   */
  readonly traceId?: boolean | undefined;
}

/** What stands where an option is not given. */
export const DEFAULT_INFLUX_MONITORING_OPTIONS = Object.freeze({
  bytesWritten: false,
  echoRequestId: true,
  ignore: Object.freeze([]),
  requestIds: 'all',
  requestsInFlight: false,
  sampleRate: 1,
  slowSeconds: 1,
  timeToFirstByte: false,
  traceId: false,
} as const);

/** Options with the defaults filled in; what has no default may be missing. */
export type ResolvedInfluxMonitoringOptions = InfluxMonitoringOptions & {
  readonly [Name in keyof typeof DEFAULT_INFLUX_MONITORING_OPTIONS]: NonNullable<InfluxMonitoringOptions[Name]>;
};

const MAX_SECONDS = 86_400;

const dataRule = {
  expected: 'an object or a function',
  isValid: (value: unknown) => rules.function.isValid(value) || rules.object.isValid(value),
};

const OPTION_RULES: OptionRules<InfluxMonitoringOptions> = {
  additionalFields: dataRule,
  additionalTags: dataRule,
  bytesWritten: rules.boolean,
  echoRequestId: rules.boolean,
  getErrorCode: rules.function,
  getRequestId: rules.function,
  ignore: {
    expected: 'a path that begins with "/", a RegExp, a function, or an array of those',
    isValid: isIgnoreOption,
  },
  monitoring: rules.monitoring,
  requestIds: rules.oneOf('all', 'failed-and-slow'),
  requestsInFlight: rules.boolean,
  sampleRate: rules.number('samples a request', 0, 1),
  slowSeconds: rules.number('seconds', 0, MAX_SECONDS),
  timeToFirstByte: rules.boolean,
  traceId: rules.boolean,
};

const STANDARD_TAGS: readonly StandardTag[] = ['service', 'route', 'status_code', 'error_code'];

const STANDARD_FIELDS: readonly StandardField[] = [
  'request_id',
  'execution_time',
  'sample_rate',
  'time_to_first_byte',
  'bytes_written',
  'requests_in_flight',
  'trace_id',
];

/**
 * Checks the options and fills in the defaults.
 *
 * @throws MonitoringError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`; `ERR_OPTION_CONFLICT` for a standard name
 */
export function resolveInfluxMonitoringOptions(options: InfluxMonitoringOptions): ResolvedInfluxMonitoringOptions {
  checkOptions('influxMonitoring()', options, OPTION_RULES);
  checkNames('additionalTags', options.additionalTags, STANDARD_TAGS);
  checkNames('additionalFields', options.additionalFields, STANDARD_FIELDS);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...DEFAULT_INFLUX_MONITORING_OPTIONS, ...given };
}

function checkNames(option: string, data: object | undefined, standardNames: readonly string[]): void {
  if (data === undefined || typeof data === 'function') return;
  const standard = standardNames.find((name) => Object.hasOwn(data, name));
  if (standard === undefined) return;
  throw new MonitoringError(
    'ERR_OPTION_CONFLICT',
    `influxMonitoring(): expected "${option}" to have names of your own, got the standard name "${standard}"`,
  );
}
