import { escapeString } from '../lines/escape.ts';
import { DurationSketch } from './duration-sketch.ts';

const SHARES = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
] as const;

/** What a set takes beside its head and its counts, in bytes: objects, arrays and the place in a map (measured). */
const BASE_BYTES = 600;

/** One duration of the events of a set of tags. */
interface FoldedDuration {
  readonly name: string;
  readonly sketch: DurationSketch;
  /** Events at or below each bound, not cumulative. */
  readonly bucketCounts: Uint32Array | undefined;
}

/** The events of one period that have the same series and tags, as one point. */
export class FoldedTags {
  /** Series and tags of the summary, as they stand in its line. */
  readonly #head: string;
  readonly #bounds: readonly number[];
  readonly #durations: FoldedDuration[] = [];
  #count = 0;
  #slowest = -1;
  #slowestRequestId = '';
  /** For how many periods there was no event. */
  silentPeriods = 0;

  #periodStart: number;

  /**
   * @param bounds - of the cumulative counts, in seconds, rising; empty for none
   * @param periodStart - in seconds since the epoch
   */
  constructor(head: string, bounds: readonly number[], periodStart: number) {
    this.#head = head;
    this.#bounds = bounds;
    this.#periodStart = periodStart;
  }

  /** When the period of its events began, in seconds since the epoch. */
  get periodStart(): number {
    return this.#periodStart;
  }

  /** Events of the open period. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of memory that it takes, about. */
  get byteLength(): number {
    return this.#durations.reduce(
      (sum, { sketch, bucketCounts }) => sum + sketch.byteLength + (bucketCounts?.byteLength ?? 0),
      BASE_BYTES + this.#head.length,
    );
  }

  /** Counts an event; its durations follow by `addDuration`. */
  addEvent(): void {
    this.#count += 1;
  }

  /**
   * Adds a duration of the event that was counted last.
   *
   * @param place - which of the series' durations it is, from 0 on: the slowest event is found by the first
   * @param seconds - anything: what is no duration is left out
   * @returns by how many bytes the counts grew
   */
  addDuration(place: number, name: string, seconds: unknown, requestId: string): number {
    if (typeof seconds !== 'number' || !(seconds >= 0 && seconds < Infinity)) return 0;
    const { sketch, bucketCounts } = this.#durations[place] ?? this.#addPlace(place, name);
    const grownBytes = sketch.add(seconds);
    if (bucketCounts !== undefined) this.#countBucket(bucketCounts, seconds);
    if (place === 0 && seconds > this.#slowest) {
      this.#slowest = seconds;
      this.#slowestRequestId = requestId;
    }
    return grownBytes;
  }

  /** Series, tags and fields of the period's point, without its time. */
  summary(): string {
    const fields = this.#durations.flatMap((duration) => this.#fieldsOf(duration));
    const slowest = this.#slowest < 0 ? [] : [`slowest_request_id="${escapeString(this.#slowestRequestId)}"`];
    return `${this.#head} ${[`count=${String(this.#count)}i`, ...fields, ...slowest].join(',')}`;
  }

  /** Begins another period, in the memory that it has. */
  begin(periodStart: number): void {
    this.#periodStart = periodStart;
    this.silentPeriods = this.#count === 0 ? this.silentPeriods + 1 : 0;
    this.#count = 0;
    this.#slowest = -1;
    this.#slowestRequestId = '';
    for (const { sketch, bucketCounts } of this.#durations) {
      sketch.clear();
      bucketCounts?.fill(0);
    }
  }

  #addPlace(place: number, name: string): FoldedDuration {
    const bucketCounts = this.#bounds.length === 0 ? undefined : new Uint32Array(this.#bounds.length);
    const duration = { name, sketch: new DurationSketch(), bucketCounts };
    this.#durations[place] = duration;
    return duration;
  }

  #countBucket(bucketCounts: Uint32Array, seconds: number): void {
    const index = this.#bounds.findIndex((bound) => seconds <= bound);
    // The index is one of the array's.
    if (index !== -1) bucketCounts[index] = (bucketCounts[index] as number) + 1;
  }

  #fieldsOf({ name, sketch, bucketCounts }: FoldedDuration): string[] {
    if (sketch.count === 0) return [];
    const percentiles = SHARES.map(([suffix, share]) => `${name}_${suffix}=${decimal(sketch.percentile(share))}`);
    let cumulative = 0;
    const buckets = this.#bounds.map((bound, index) => {
      cumulative += bucketCounts?.[index] ?? 0;
      return `${name}_le_${String(bound)}=${String(cumulative)}i`;
    });
    const sum = `${name}_sum=${decimal(sketch.sum)}`;
    return [
      sum,
      `${name}_min=${decimal(sketch.min)}`,
      `${name}_max=${decimal(sketch.max)}`,
      ...percentiles,
      ...buckets,
    ];
  }
}

/** Seconds with at most six decimals, as all durations are written. */
function decimal(seconds: number): string {
  return String(Number(seconds.toFixed(6)));
}
