/** What server and page say to each other. Times are whole seconds since the epoch, durations whole microseconds. */

/** How far back a view looks, in minutes. */
export type WindowMinutes = 5 | 15;

/** Each table of the page. */
export type TableName = 'accounts' | 'channels' | 'errorCodes' | 'routes' | 'subscriptionErrors' | 'totals';

/** Percentiles of a span of time; `null` where nothing was measured. */
export type WirePercentiles = readonly [p50: number, p95: number, p99: number] | null;

/** What happened in one second. Seconds in which nothing happened are not sent. */
export type SecondRow = readonly [
  second: number,
  requests: number,
  failedRequests: number,
  executionTime: WirePercentiles,
  sends: number,
  transportTime: WirePercentiles,
  redisMessages: number,
  subscriptionErrors: number,
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

/** Whether points reach where they are sent. */
export type DeliveryState =
  /** Nothing waits for long, nothing was lost of late. */
  | 'ok'
  /** The last attempt failed: points wait. */
  | 'waiting'
  /** Points were dropped or refused in the last minute. */
  | 'losing'
  /** `stop()` was called. */
  | 'stopped';

/** Delivery's own health, and the page's. Counts are since the process began. */
export interface Health {
  readonly state: DeliveryState;
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

/** A whole view. */
export interface Snapshot extends Span {
  readonly service: string;
  /** Another one after a restart of the service. */
  readonly bootId: string;
  readonly windowMinutes: WindowMinutes;
  readonly seconds: readonly SecondRow[];
  readonly tables: Readonly<Record<TableName, readonly TableRow[]>>;
  readonly health: Health;
}

/** What changed since the last message. */
export interface Tick extends Span {
  readonly seconds: readonly SecondRow[];
  readonly tables: Readonly<Partial<Record<TableName, TableChange>>>;
  readonly health: Health;
}

export interface TableChange {
  readonly changed: readonly TableRow[];
  readonly gone: readonly string[];
}
