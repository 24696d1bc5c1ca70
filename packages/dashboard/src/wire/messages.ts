/** What server and page say to each other. Times are whole seconds since the epoch, durations whole microseconds. */
import type { HealthState } from '@influx-monitoring/core';
import type { FoldedSeries } from '@influx-monitoring/core/internal';

export type { HealthState };

/** How far back a view looks, in minutes. */
export type WindowMinutes = 5 | 15;

/** Each table of the page. */
export type TableName = 'accounts' | 'channels' | 'errorCodes' | 'routes' | 'subscriptionErrors' | 'totals';

/** Percentiles of a span of time; `null` where nothing was measured. */
export type WirePercentiles = readonly [p50: number, p95: number, p99: number] | null;

/** How durations are told apart in a second: four spans of each power of ten, from 100 µs on. */
export const HEAT_SPANS_PER_DECADE = 4;

/** Where the second of those spans begins, in microseconds; the first holds what is shorter. */
export const HEAT_FIRST_US = 100;

/** How many spans there are; the last holds what is longer than 56 seconds. */
export const HEAT_SPANS = 25;

/** Counts of durations by span, from one on: the first that has any, then its count and those that follow. */
export type Heat = readonly [firstSpan: number, ...counts: number[]] | null;

/**
 * What happened in one second. Seconds in which nothing happened are not sent. Of folded series it has its part of the
 * period's events, and the durations of all of them.
 */
export type SecondRow = readonly [
  second: number,
  requests: number,
  failedRequests: number,
  executionTime: WirePercentiles,
  sends: number,
  transportTime: WirePercentiles,
  redisMessages: number,
  subscriptionErrors: number,
  /** Of the requests: those with status 3xx. */
  redirects: number,
  /** Those with 4xx, but for 499. */
  clientErrors: number,
  /** Those with 5xx. */
  serverErrors: number,
  /** Those with 499: the client left, or the connection went. */
  unfinished: number,
  /** Their durations. */
  heat: Heat,
];

/** What the process used in one second; only of seconds in which somebody looked on. */
export type ProcessRow = readonly [
  second: number,
  /** Cores kept busy. */
  cpu: number,
  heapBytes: number,
  rssBytes: number,
  /** The 99th percentile of the event loop's delay, in microseconds; `null` where it was not looked at. */
  loopDelayUs: number | null,
  requestsInFlight: number,
];

/** One line of a table: what was counted over the window. The empty key stands for all keys beyond the bound. */
export type TableRow = readonly [
  key: string,
  count: number,
  failedCount: number,
  durations: WirePercentiles,
  /** What the last point said: a status of a route, the route of an error code. */
  last: string,
  lastSecond: number,
];

/** Delivery's own health, and the page's. Counts are since the process began. */
export interface Health {
  readonly state: HealthState;
  /** Why it is so; `null` where all is well. */
  readonly reason: string | null;
  /** Since when, in seconds since the epoch. */
  readonly since: number;
  readonly destination: 'InfluxDB' | 'memory';
  readonly recorded: number;
  readonly delivered: number;
  readonly pending: number;
  readonly spooled: number;
  readonly dropped: number;
  readonly deadLettered: number;
  readonly retries: number;
  readonly oldestPendingMs: number;
  readonly lastSuccessAt: number | null;
  readonly lastError: string | null;
  /** The first by name (`series.tag`) of the tags that had too many values, so that new ones are recorded as `other`. */
  readonly overflowedTags: readonly string[];
  /** How many tags did. */
  readonly overflowedTagCount: number;
  readonly viewers: number;
  readonly storeBytes: number;
}

/** The time that a view covers. */
export interface Span {
  /** First second that is counted. */
  readonly from: number;
  /** First second that is not: those before it are complete. */
  readonly to: number;
}

/** Series whose events are folded: their figures come when a period is over. */
export interface FoldedSpan extends FoldedSeries {
  /** First second of which they have not come yet. */
  readonly to: number;
}

/** Which time is asked for: now where `to` is missing, the whole window where `from` is. */
export interface WantedSpan {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** A whole view. */
export interface Snapshot extends Span {
  readonly service: string;
  /** Another one after a restart of the service. */
  readonly bootId: string;
  /** The process that is shown. */
  readonly pid: number;
  readonly windowMinutes: WindowMinutes;
  readonly seconds: readonly SecondRow[];
  readonly tables: Readonly<Record<TableName, readonly TableRow[]>>;
  readonly process: readonly ProcessRow[];
  /** `null` where none is. */
  readonly folded: FoldedSpan | null;
  readonly health: Health;
}

/** What changed since the last message. */
export interface Tick extends Span {
  readonly seconds: readonly SecondRow[];
  readonly tables: Readonly<Partial<Record<TableName, TableChange>>>;
  readonly process: readonly ProcessRow[];
  readonly folded: FoldedSpan | null;
  readonly health: Health;
}

export interface TableChange {
  readonly changed: readonly TableRow[];
  readonly gone: readonly string[];
}
