/** Lines on their way to the database, joined by line ends. */
export interface Batch {
  /** Line protocol without a line end after the last line. */
  readonly lines: string;
  /** The same as UTF-8, where it is at hand; not to be changed. */
  readonly bytes?: Buffer | undefined;
  readonly lineCount: number;
}

/** What an attempt to write a batch came to. An adapter answers with one; delivery acts on it. */
export type Outcome =
  /** All of it is stored. */
  | { readonly kind: 'delivered' }
  /** The rest is stored; these will never be. */
  | {
      readonly kind: 'delivered-in-part';
      readonly droppedCount: number;
      readonly reason: string;
      /** Indexes of the lines that are not stored, where the answer names all of them. */
      readonly lineIndexes?: readonly number[] | undefined;
    }
  /** The data is good and the database is not: the same again, later. */
  | {
      readonly kind: 'retry';
      readonly reason: string;
      /** Not sooner than this many milliseconds from now (Retry-After). */
      readonly notBeforeMs?: number | undefined;
      /** True where someone has to act first: a wrong token, a missing database. */
      readonly needsOperator?: boolean | undefined;
    }
  /** Too large for the database: again in halves. */
  | { readonly kind: 'split'; readonly reason: string }
  /** Nothing of it is stored, because of a line in it. */
  | {
      readonly kind: 'poison';
      readonly reason: string;
      /** Indexes of the lines to blame where the answer names them. */
      readonly lineIndexes?: readonly number[] | undefined;
    };

/** An outcome after which the same batch is tried again. */
export type RetryOutcome = Extract<Outcome, { kind: 'retry' }>;

/** The way to a database: what an adapter is to delivery. */
export interface Wire {
  /**
   * Writes a batch once, without retrying. It never rejects: a failure is an outcome.
   *
   * @param signal - ends the attempt, its socket with it
   */
  write(batch: Batch, signal: AbortSignal): Promise<Outcome>;
}
