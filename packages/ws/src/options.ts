import type { IncomingMessage } from 'node:http';
import { defaultMonitoring, type BaseMonitoring, type MessageContext, type Tags } from '@influx-monitoring/core';
import { checkOptions, rules, type OptionRule, isIgnoreOption } from '@influx-monitoring/core/internal';

/** What `wrapSocket` takes beside the socket. */
export interface WrapSocketOptions<Socket extends object = object> {
  /**
   * Account of the socket's client, for the tag `account_id`. A function is asked at each send, so an account that
   * becomes known late is seen; one that throws, or gives no text, gives `none`.
   *
   * @defaultValue `none`
   */
  readonly accountId?: string | ((socket: Socket) => string | undefined) | undefined;
  /**
   * Seconds between two reports of a socket that is stuck, from 0.1 to 3600; with `gauges` only.
   *
   * @defaultValue 10
   */
  readonly gaugePeriodSeconds?: number | undefined;
  /**
   * Adds the integer fields `pending_sends` and `buffered_bytes` to the socket's points, and records a point of the
   * series `ws_sockets` for it, each period, while sends wait and none of them ends.
   *
   * @defaultValue false
   */
  readonly gauges?: boolean | undefined;
  /** Where points go. @defaultValue the process's default monitoring */
  readonly monitoring?: BaseMonitoring | undefined;
  /**
   * Request id of the socket's points. A function is asked at each send.
   *
   * @defaultValue the Redis message's
   */
  readonly requestId?: string | ((socket: Socket, message: MessageContext) => string | undefined) | undefined;
  /**
   * The share of sends to record, from 0 to 1; slow ones are always recorded, and so are failed ones. Below 1 each point
   * of `ws_requests` has the field `sample_rate`, by which it was kept: count with `sum(1 / sample_rate)`. Where the series
   * is folded (`aggregate`), all are.
   *
   * @defaultValue 1
   */
  readonly sampleRate?: number | undefined;
  /** From how many seconds of transport time on a send is slow, from 0 to 86,400. @defaultValue 1 */
  readonly slowSeconds?: number | undefined;
}

/** What `unwrapSocket`, `unwrapServer` and `uninstrumentUpgrades` take beside what was wrapped. */
export interface UnwrapOptions {
  /** The one that is to record no longer. @defaultValue all that record */
  readonly monitoring?: BaseMonitoring | undefined;
}

/** A path prefix, a pattern for the path, or a function that says true: such a handshake is left out. */
export type HandshakeIgnoreRule = string | RegExp | ((request: IncomingMessage) => boolean);

/** What `instrumentUpgrades` takes beside the server. */
export interface InstrumentUpgradesOptions {
  /** Tags for both points of each handshake, or what gives them when it ends. Keep their values few. */
  readonly additionalTags?: Tags | ((request: IncomingMessage, statusCode: number) => Tags | undefined) | undefined;
  /**
   * LUNA's code of a refused or aborted handshake, for the tag `error_code`. What the application said by
   * `handshakeData(request).errorCode` comes first.
   *
   * @defaultValue the HTTP status
   */
  readonly getErrorCode?: ((statusCode: number, request: IncomingMessage) => number | string | undefined) | undefined;
  /**
   * Handshakes to leave out: a path prefix (`/health` is /health and all below it), a pattern, a function, or several.
   * They are matched against the path without the query.
   */
  readonly ignore?: HandshakeIgnoreRule | readonly HandshakeIgnoreRule[] | undefined;
  /** Where points go. @defaultValue the process's default monitoring */
  readonly monitoring?: BaseMonitoring | undefined;
  /**
   * The paths that are routes, without a query; a handshake at any other is `GET:unmatched`.
   *
   * @defaultValue each path that a handshake was accepted at, up to 100: one refused at a path where none was accepted
   * yet is `unmatched`, so that strangers' paths make no series
   */
  readonly paths?: readonly string[] | undefined;
  /**
   * Which points of `requests` have the field `request_id`: all, or those of failed and slow handshakes alone, which
   * saves most of their size on disk. Points of `errors` always have it.
   *
   * @defaultValue `all`
   */
  readonly requestIds?: 'all' | 'failed-and-slow' | undefined;
  /** The resource of a handshake, as in `/rooms/:room`; without a result the path decides. */
  readonly route?: ((request: IncomingMessage) => string | undefined) | undefined;
  /** From how many seconds on a handshake is slow, from 0 to 86,400. @defaultValue 1 */
  readonly slowSeconds?: number | undefined;
  /**
   * Field `trace_id`: of `traceparent`, else of the span of OpenTelemetry that is active when the handshake begins.
   *
   * @defaultValue false
   */
  readonly traceId?: boolean | undefined;
}

/** What `wrapServer` takes beside the server. */
export interface WrapServerOptions<Socket extends object = object>
  extends Omit<WrapSocketOptions<Socket>, 'accountId'>, InstrumentUpgradesOptions {
  /**
   * Account of a connection, for the tag `account_id`; a function is asked once, when the connection is made.
   *
   * @defaultValue `none`
   */
  readonly accountId?: string | ((request: IncomingMessage, socket: Socket) => string | undefined) | undefined;
}

/** How often a stuck socket is reported, in seconds, where `gaugePeriodSeconds` is not given. */
export const DEFAULT_GAUGE_PERIOD_SECONDS = 10;

/** From how many seconds on a send or a handshake is slow, where `slowSeconds` is not given. */
export const DEFAULT_SLOW_SECONDS = 1;

const MAX_SLOW_SECONDS = 86_400;
const MIN_GAUGE_PERIOD_SECONDS = 0.1;
const MAX_GAUGE_PERIOD_SECONDS = 3600;

/** Rule of an option that is text, or a function that gives it. */
const textOrFunction: OptionRule = {
  expected: 'a string or a function',
  isValid: (value) => typeof value === 'string' || typeof value === 'function',
};

const slowSecondsRule = rules.number('seconds', 0, MAX_SLOW_SECONDS);

const socketOptionRules = {
  accountId: textOrFunction,
  gaugePeriodSeconds: rules.number('seconds', MIN_GAUGE_PERIOD_SECONDS, MAX_GAUGE_PERIOD_SECONDS),
  gauges: rules.boolean,
  monitoring: rules.monitoring,
  requestId: textOrFunction,
  sampleRate: rules.number('samples a send', 0, 1),
  slowSeconds: slowSecondsRule,
} as const;

const PATHS_RULE: OptionRule = {
  expected: 'an array of paths that begin with "/"',
  isValid: (value) =>
    Array.isArray(value) && value.every((path: unknown) => typeof path === 'string' && path.startsWith('/')),
};

const dataRule: OptionRule = {
  expected: 'an object or a function',
  isValid: (value) => rules.function.isValid(value) || rules.object.isValid(value),
};

const upgradeOptionRules = {
  additionalTags: dataRule,
  getErrorCode: rules.function,
  ignore: {
    expected: 'a path that begins with "/", a RegExp, a function, or an array of those',
    isValid: isIgnoreOption,
  },
  monitoring: rules.monitoring,
  paths: PATHS_RULE,
  requestIds: rules.oneOf('all', 'failed-and-slow'),
  route: rules.function,
  slowSeconds: slowSecondsRule,
  traceId: rules.boolean,
} as const;

/**
 * Checks a socket's options.
 *
 * @param owner - whose options they are, for the message
 * @throws MonitoringError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`
 */
export function checkSocketOptions<Socket extends object>(owner: string, options: WrapSocketOptions<Socket>): void {
  checkOptions<WrapSocketOptions<Socket>>(owner, options, socketOptionRules);
}

/**
 * Checks the options of a server whose handshakes are recorded.
 *
 * @throws MonitoringError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`
 */
export function checkUpgradeOptions(owner: string, options: InstrumentUpgradesOptions): void {
  checkOptions<InstrumentUpgradesOptions>(owner, options, upgradeOptionRules);
}

/**
 * Checks the options of a server of ws.
 *
 * @throws MonitoringError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`
 */
export function checkServerOptions<Socket extends object>(owner: string, options: WrapServerOptions<Socket>): void {
  checkOptions<WrapServerOptions<Socket>>(owner, options, { ...socketOptionRules, ...upgradeOptionRules });
}

/** The monitoring that options name, else the process's. */
export function monitoringOf(options: { readonly monitoring?: BaseMonitoring | undefined }): BaseMonitoring {
  return options.monitoring ?? defaultMonitoring();
}
