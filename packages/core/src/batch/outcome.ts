/**
 * Lines on their way to the database, joined by line ends.
 *
 * @category Delivery
 */
export interface Batch {
  /** Line protocol without a line end after the last line. */
  readonly lines: string;
  /** The same as UTF-8; not to be changed. */
  readonly bytes: Buffer;
  readonly lineCount: number;
}

/**
 * A line that a database will never take, and why.
 *
 * @category Delivery
 */
export interface RefusedLine {
  /** Its place in the batch, from 0. */
  readonly index: number;
  /** What the database says of it, without what it quotes. */
  readonly reason: string;
}

/**
 * What an attempt to write a batch came to. A wire answers with one; delivery acts on it.
 *
 * @category Delivery
 */
export type Outcome =
  /** All of it is stored: the only answer after which a line counts as delivered. */
  | { readonly kind: 'delivered' }
  /** The data is good and the database is not: the same again, later. */
  | {
      readonly kind: 'retry';
      readonly reason: string;
      /** Not sooner than this many milliseconds from now (Retry-After). */
      readonly notBeforeMs?: number | undefined;
      /** True where someone has to act first: a wrong token, a missing database. */
      readonly needsOperator?: boolean | undefined;
      /** True where not even a connection came about: whether one does now can be asked of `probe`. */
      readonly isUnreachable?: boolean | undefined;
    }
  /** Too large for the database: again in halves. */
  | { readonly kind: 'split'; readonly reason: string }
  /**
   * Some or all of its lines are refused. Those that are named are refused for good; whatever is not named is sent again,
   * stored or not: that changes nothing there, and an answer names the first cause only. Where none is named, they are
   * looked for in halves.
   */
  | { readonly kind: 'refused'; readonly reason: string; readonly refusedLines?: readonly RefusedLine[] | undefined };

/** An outcome after which the same batch is tried again. */
export type RetryOutcome = Extract<Outcome, { kind: 'retry' }>;

/**
 * The way to a database: what a wire is to delivery.
 *
 * @category Delivery
 */
export interface Wire {
  /** The database as a line of log names it, without credentials: `InfluxDB http://db:8086`. @defaultValue `the database` */
  readonly target?: string | undefined;
  /** What the answers so far say of a setting, in words for the log, where it is told once. @defaultValue nothing */
  readonly hint?: string | undefined;
  /**
   * Writes a batch once, without retrying. It never rejects: a failure is an outcome. Up to four are under way at once.
   *
   * @param signal - ends the attempt, its socket with it
   */
  write(batch: Batch, signal: AbortSignal): Promise<Outcome>;
  /**
   * Whether the database takes a connection now, found out without writing anything; false where that cannot be told.
   * It is asked about once a second while attempts end as `isUnreachable`.
   *
   * @param signal - ends the look
   */
  probe?(signal: AbortSignal): Promise<boolean>;
  /** Closes the connection once the write under way has ended. Closing it again changes nothing. */
  close(): void;
}
