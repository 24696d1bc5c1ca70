import type { RetryOutcome } from '../batch/outcome.ts';

/** A database cannot make us wait longer than this: 15 minutes, in milliseconds. */
export const MAX_RETRY_AFTER_MS = 15 * 60 * 1000;

/** Doubling stops here: any bound of the delay is reached long before. */
const MAX_DOUBLINGS = 30;

/** Options of `RetryPolicy`. */
export interface RetryPolicyOptions {
  readonly minRetryDelayMs: number;
  readonly maxRetryDelayMs: number;
  readonly operatorRetryDelayMs: number;
}

/**
 * Decides when the next attempt may be. While the database is away there is one attempt at a time, of the oldest batch:
 * nothing else is tried.
 */
export class RetryPolicy {
  readonly #options: RetryPolicyOptions;
  readonly #random: () => number;
  #failures = 0;
  /** How often the delay was doubled. */
  #doublings = 0;
  #wasUnreachable = false;
  #notBeforeMs = 0;
  #floorMs = 0;

  /** @param random - from 0 to 1 */
  constructor(options: RetryPolicyOptions, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  /** Failed attempts since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** How long the next attempt has to wait, in milliseconds. */
  get waitMs(): number {
    return Math.max(0, this.#notBeforeMs - performance.now());
  }

  /** How long it has to wait because the database says so, in milliseconds. */
  get demandedWaitMs(): number {
    return Math.max(0, this.#floorMs - performance.now());
  }

  /** Notes a failure. @returns the delay to the next attempt, in milliseconds */
  fail(outcome: RetryOutcome): number {
    this.#failures += 1;
    const isUnreachable = outcome.isUnreachable === true;
    // It was away, for however long, and is starting now: delays begin anew.
    this.#doublings = this.#wasUnreachable && !isUnreachable ? 1 : this.#doublings + 1;
    this.#wasUnreachable = isUnreachable;
    const nowMs = performance.now();
    const demandedMs = Math.min(outcome.notBeforeMs ?? 0, MAX_RETRY_AFTER_MS);
    const ownMs = outcome.needsOperator === true ? this.#options.operatorRetryDelayMs : this.#jitteredDelayMs();
    const delayMs = Math.max(ownMs, demandedMs);
    this.#notBeforeMs = nowMs + delayMs;
    this.#floorMs = nowMs + demandedMs;
    return delayMs;
  }

  /** The database takes points, or there is another one: nothing has to wait. */
  reset(): void {
    this.#failures = 0;
    this.#doublings = 0;
    this.#wasUnreachable = false;
    this.#notBeforeMs = 0;
    this.#floorMs = 0;
  }

  /** Full jitter, so that many processes do not come back at once. */
  #jitteredDelayMs(): number {
    const { minRetryDelayMs, maxRetryDelayMs } = this.#options;
    const ceilingMs = Math.min(maxRetryDelayMs, minRetryDelayMs * 2 ** Math.min(this.#doublings, MAX_DOUBLINGS));
    return minRetryDelayMs + this.#random() * (ceilingMs - minRetryDelayMs);
  }
}
