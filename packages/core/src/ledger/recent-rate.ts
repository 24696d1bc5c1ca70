const MILLISECONDS_PER_SECOND = 1000;

/** Two marks are this far apart at least, in milliseconds. */
export const MARK_INTERVAL_MS = 30_000;

/** Over a shorter time a rate is chance. */
const MIN_SPAN_MS = 1000;

interface Mark {
  readonly atMs: number;
  readonly count: number;
}

/** How fast a count grows, as the mean of the last half minute to minute. */
export class RecentRate {
  #earlier: Mark = { atMs: performance.now(), count: 0 };
  #latest: Mark = this.#earlier;

  /** Takes a look at the count, as often as whoever counts likes. */
  note(count: number): void {
    const atMs = performance.now();
    if (atMs - this.#latest.atMs < MARK_INTERVAL_MS) return;
    this.#earlier = this.#latest;
    this.#latest = { atMs, count };
  }

  /** @returns how much a second; `undefined` in the first second */
  perSecond(count: number): number | undefined {
    const spanMs = performance.now() - this.#earlier.atMs;
    return spanMs < MIN_SPAN_MS ? undefined : ((count - this.#earlier.count) / spanMs) * MILLISECONDS_PER_SECOND;
  }
}
