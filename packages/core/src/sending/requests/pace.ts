import { MAX_BATCH_LINES } from '../../batch/block.ts';
import type { LineBounds } from '../../batch/lines.ts';

/** A database that takes this long for an answer, in milliseconds, is asked less often with more: InfluxDB 3 takes a second. */
const SLOW_ANSWER_MS = 100;

/** More requests at once would only wait in the database. */
const MAX_REQUESTS = 4;

/** InfluxDB 3 takes 10 MiB. */
const MAX_LARGE_BYTES = 8 * 1024 * 1024;
const MAX_LARGE_LINES = 100_000;

/** Of the memory for what is pending, so much goes into a request: its lines, and the same packed. */
const MEMORY_SHARE = 4;

/** Of the memory for what is pending, so much is under way at most. */
const UNDER_WAY_SHARE = 2;

/** What a pace is made from. */
export interface PaceOptions {
  /** Bytes of memory that pending points may take. */
  readonly maxMemoryBytes: number;
  /** How long a request may take in all, in milliseconds. */
  readonly requestTimeoutMs: number;
}

/**
 * How many requests there may be at once, and how much each may hold.
 *
 * One request of one block at first, and after any failure, refusal or 413. Several once the database took one, unless it
 * answers so slowly that several, taken one after another, would not be answered in time. Larger ones where it is slow to
 * answer: as much as waits, within bounds, but no more than it answers within a quarter of the time allowed.
 */
export class Pace {
  readonly #maxBytes: number;
  readonly #maxBytesUnderWay: number;
  /** An answer that takes no longer leaves time for those of as many requests as there may be. */
  readonly #goodMs: number;
  #isSteady = false;
  #isLarge = false;
  #isTooLarge = false;
  /** What was answered within `#goodMs`, or would be. */
  #maxLines = MAX_BATCH_LINES;

  constructor({ maxMemoryBytes, requestTimeoutMs }: PaceOptions) {
    this.#goodMs = requestTimeoutMs / MAX_REQUESTS;
    this.#maxBytes = Math.min(MAX_LARGE_BYTES, maxMemoryBytes / MEMORY_SHARE);
    this.#maxBytesUnderWay = maxMemoryBytes / UNDER_WAY_SHARE;
  }

  /** What one request may hold; `undefined` for one block. */
  get bounds(): LineBounds | undefined {
    return this.#isLarge && !this.#isTooLarge ? { maxLines: this.#maxLines, maxBytes: this.#maxBytes } : undefined;
  }

  /** How many requests there may be at once. */
  get maxRequests(): number {
    return this.#isSteady ? MAX_REQUESTS : 1;
  }

  /**
   * What one request more may hold beside those that are under way.
   *
   * @param underWayBytes - what is under way
   * @param block - what a block may come to
   * @returns `undefined` where there is no room for another
   */
  boundsBeside(underWayBytes: number, block: LineBounds): LineBounds | undefined {
    const { maxLines, maxBytes } = this.bounds ?? block;
    const roomBytes = Math.min(maxBytes, this.#maxBytesUnderWay - underWayBytes);
    return roomBytes < block.maxBytes ? undefined : { maxLines, maxBytes: roomBytes };
  }

  /** A request was delivered. */
  noteDelivered(lineCount: number, durationMs: number): void {
    this.#isSteady = durationMs < this.#goodMs;
    this.#isLarge = durationMs >= SLOW_ANSWER_MS;
    const goodLines = Math.floor((lineCount * this.#goodMs) / durationMs);
    this.#bound(this.#isSteady ? Math.max(this.#maxLines, goodLines) : goodLines);
  }

  /** A request failed, or some of it was refused. */
  noteTrouble(): void {
    this.#isSteady = false;
    this.#isLarge = false;
  }

  /** A request of several blocks got no answer in time. */
  noteOverdue(): void {
    this.#bound(Math.floor(this.#maxLines / 2));
  }

  /** A request was too large for the database. */
  noteTooLarge(): void {
    this.#isTooLarge = true;
  }

  /** There is another database. */
  reset(): void {
    this.noteTrouble();
    this.#isTooLarge = false;
    this.#maxLines = MAX_BATCH_LINES;
  }

  #bound(maxLines: number): void {
    this.#maxLines = Math.max(MAX_BATCH_LINES, Math.min(MAX_LARGE_LINES, maxLines));
  }
}
