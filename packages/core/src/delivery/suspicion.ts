import type { Parcel } from './parcel.ts';

/** A batch must fail this often before it is held to be the cause. */
export const MIN_SUSPECT_FAILURES = 5;

/**
 * Notes how long one batch has been failing. Some servers answer with a 5xx to what they will never take (a retention
 * policy that is missing, a body too large for version 3): from outside that looks like an outage, which lasts.
 */
export class Suspicion {
  readonly #poisonAfterMs: number;
  #parcel: Parcel | undefined;
  #failures = 0;
  #sinceMs = 0;

  constructor(poisonAfterMs: number) {
    this.#poisonAfterMs = poisonAfterMs;
  }

  /** Notes a failure. @returns true where it is time to see whether the database takes anything else */
  noteFailure(parcel: Parcel): boolean {
    if (this.#parcel !== parcel) {
      this.#parcel = parcel;
      this.#failures = 0;
      this.#sinceMs = performance.now();
    }
    this.#failures += 1;
    return this.#failures >= MIN_SUSPECT_FAILURES && performance.now() - this.#sinceMs >= this.#poisonAfterMs;
  }

  clear(): void {
    this.#parcel = undefined;
  }
}
