import type { LineBounds } from '../batch/lines.ts';

/** A database that takes this long for an answer, in milliseconds, is asked less often with more: InfluxDB 3 takes a second. */
const SLOW_ANSWER_MS = 100;

/** InfluxDB 3 takes 10 MiB. */
const MAX_LARGE_BYTES = 8 * 1024 * 1024;
const MAX_LARGE_LINES = 100_000;

/** Of the memory for what is pending, so much goes into a request: its lines, and the same packed. */
const MEMORY_SHARE = 4;

/**
 * How much the next request may hold. One block, but for a database that is slow to answer and takes all it gets: then
 * as much as waits, within bounds. After any failure, refusal or 413 it is one block again.
 */
export class RequestSize {
  readonly #large: LineBounds;
  #isLarge = false;
  #isTooLarge = false;

  constructor(maxMemoryBytes: number) {
    this.#large = { maxLines: MAX_LARGE_LINES, maxBytes: Math.min(MAX_LARGE_BYTES, maxMemoryBytes / MEMORY_SHARE) };
  }

  /** `undefined` for one block. */
  get bounds(): LineBounds | undefined {
    return this.#isLarge && !this.#isTooLarge ? this.#large : undefined;
  }

  /** A request was delivered. */
  noteDelivered(durationMs: number): void {
    this.#isLarge = durationMs >= SLOW_ANSWER_MS;
  }

  /** A request failed, or some of it was refused. */
  noteTrouble(): void {
    this.#isLarge = false;
  }

  /** A request was too large for the database. */
  noteTooLarge(): void {
    this.#isTooLarge = true;
  }

  /** There is another database. */
  reset(): void {
    this.#isLarge = false;
    this.#isTooLarge = false;
  }
}
