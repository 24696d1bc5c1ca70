import type { Lines } from '../batch/lines.ts';
import type { PendingBatch } from '../spool/pending-batch.ts';

/** A batch must fail this often before it is held to be the cause. */
export const MIN_SUSPECT_FAILURES = 5;

/**
 * Notes how long one batch has been failing. Some servers answer with a 5xx to what they will never take (a retention
 * policy that is missing, a body too large for version 3): from outside that looks like an outage, which lasts.
 */
export class Suspicion {
  readonly #poisonAfterMs: number;
  #batch: PendingBatch | undefined;
  #failures = 0;
  #sinceMs = 0;
  #line: Lines | undefined;
  #lineFailures = 0;

  constructor(poisonAfterMs: number) {
    this.#poisonAfterMs = poisonAfterMs;
  }

  /** Notes a failure. @returns true where it is time to see whether the database takes anything else */
  noteFailure(batch: PendingBatch): boolean {
    if (this.#batch !== batch) {
      this.#batch = batch;
      this.#failures = 0;
      this.#sinceMs = performance.now();
    }
    this.#failures += 1;
    return this.#failures >= MIN_SUSPECT_FAILURES && performance.now() - this.#sinceMs >= this.#poisonAfterMs;
  }

  /**
   * Notes that a single line failed while the database took another: where that is so time and again, and not just in a
   * storm of refusals, the line is the cause.
   *
   * @returns true where it failed often enough
   */
  noteLineFailure(line: Lines): boolean {
    if (this.#line !== line) this.#lineFailures = 0;
    this.#line = line;
    this.#lineFailures += 1;
    return this.#lineFailures >= MIN_SUSPECT_FAILURES;
  }

  clear(): void {
    this.#batch = undefined;
    this.#line = undefined;
  }
}
