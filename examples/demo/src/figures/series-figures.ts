import { DurationHistogram } from './duration-histogram.ts';

/** What a table shows of a series. */
export interface Figures {
  readonly count: number;
  readonly ratePerSecond: number;
  /** Seconds; `undefined` where the series has no duration, or no points. */
  readonly percentiles: readonly [p50: number | undefined, p95: number | undefined, p99: number | undefined];
  /** How many points of each code, the most frequent first. */
  readonly codes: readonly (readonly [code: string, count: number])[];
}

/** How many of the last seconds the live figures tell of. */
export const WINDOW_SECONDS = 10;

/** A code may be outside text, so there may be no end of them. */
const MAX_CODES = 100;

/** Counts of some seconds. */
class Slice {
  count = 0;
  readonly durations = new DurationHistogram();
  readonly codes = new Map<string, number>();

  add(other: Slice): void {
    this.count += other.count;
    this.durations.add(other.durations);
    for (const [code, count] of other.codes) this.addCode(code, count);
  }

  addCode(code: string, count: number): void {
    const key = this.codes.has(code) || this.codes.size < MAX_CODES ? code : 'other';
    this.codes.set(key, (this.codes.get(key) ?? 0) + count);
  }

  figures(seconds: number): Figures {
    const { durations } = this;
    return {
      count: this.count,
      ratePerSecond: this.count / seconds,
      percentiles: [durations.percentile(0.5), durations.percentile(0.95), durations.percentile(0.99)],
      codes: [...this.codes].sort(([, one], [, other]) => other - one),
    };
  }
}

/** Rate, percentiles and codes of one series: of the last seconds, and since the beginning. Its memory is bounded. */
export class SeriesFigures {
  readonly #whole = new Slice();
  #current = new Slice();
  #past: Slice[] = [];

  /**
   * @param seconds - how long it took, where the series tells
   * @param code - what points of the series are told apart by, where there is something
   */
  record(seconds: number | undefined, code: string | undefined): void {
    for (const slice of [this.#whole, this.#current]) {
      slice.count += 1;
      if (seconds !== undefined) slice.durations.record(seconds);
      if (code !== undefined) slice.addCode(code, 1);
    }
  }

  /** To be called once a second. */
  endSecond(): void {
    this.#past = [...this.#past, this.#current].slice(-WINDOW_SECONDS);
    this.#current = new Slice();
  }

  /** Of the last seconds that are over. */
  recent(): Figures {
    const sum = new Slice();
    for (const slice of this.#past) sum.add(slice);
    return sum.figures(Math.max(1, this.#past.length));
  }

  /** @param seconds - how long it has been recording */
  whole(seconds: number): Figures {
    return this.#whole.figures(seconds);
  }

  get count(): number {
    return this.#whole.count;
  }
}
