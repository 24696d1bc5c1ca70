/** Half the width of a bucket against its middle: percentiles are within this share of the exact ones. */
export const RELATIVE_ERROR = 0.0099;

const MICROSECONDS_PER_SECOND = 1_000_000;
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const BUCKETS_PER_E = 1 / Math.log(GAMMA);

/** An hour. What is longer counts in the last bucket, and is bounded by the maximum. */
const MAX_MICROSECONDS = 3_600 * MICROSECONDS_PER_SECOND;

/** Bucket 0 is for nothing at all, bucket 1 for a microsecond. */
const LAST_BUCKET = 1 + Math.ceil(Math.log(MAX_MICROSECONDS) * BUCKETS_PER_E);

/** The window of counts grows by so many buckets at a time: half a decade are 58. */
const WINDOW_STEP = 32;

const CARRY = 0x1_0000;

/**
 * Durations as counts in buckets of equal relative width: percentiles within 1 % of the exact ones (nearest rank) from
 * 1 µs to 1 h, and `count`, `sum`, `min`, `max` as they are.
 *
 * It takes memory for the buckets between the smallest and the largest that were used: some 300 bytes of counts for a
 * spread of one decade, 2.2 KiB for all, and half as much again once a bucket has had 65,536. Adding allocates nothing but
 * a larger window. docs/decisions/0006-folding.md compares it with the libraries there are.
 */
export class DurationSketch {
  #count = 0;
  #sumMicroseconds = 0;
  #min = Infinity;
  #max = 0;
  /** The bucket of the first count in the window. */
  #first = 0;
  #counts = new Uint16Array(0);
  /** How often each count has passed 65,535; there when one has. */
  #carries: Uint8Array | undefined;

  get count(): number {
    return this.#count;
  }

  /** Exact, in seconds: durations count in whole microseconds. */
  get sum(): number {
    return this.#sumMicroseconds / MICROSECONDS_PER_SECOND;
  }

  /** In seconds; Infinity where nothing was added. */
  get min(): number {
    return this.#min / MICROSECONDS_PER_SECOND;
  }

  /** In seconds. */
  get max(): number {
    return this.#max / MICROSECONDS_PER_SECOND;
  }

  /** Bytes of memory that the counts take. */
  get byteLength(): number {
    return this.#counts.byteLength + (this.#carries?.byteLength ?? 0);
  }

  /**
   * @param seconds - from 0 on; what is no such number is the caller's to leave out
   * @returns by how many bytes the counts grew: 0 but for few
   */
  add(seconds: number): number {
    const microseconds = Math.round(seconds * MICROSECONDS_PER_SECOND);
    this.#count += 1;
    this.#sumMicroseconds += microseconds;
    if (microseconds < this.#min) this.#min = microseconds;
    if (microseconds > this.#max) this.#max = microseconds;
    const bucket = bucketOf(microseconds);
    let index = bucket - this.#first;
    let grownBytes = 0;
    if (index < 0 || index >= this.#counts.length) {
      grownBytes = this.#widen(bucket);
      index = bucket - this.#first;
    }
    // The window has the index; a count that passes 65,535 begins at 0 again.
    const next = (this.#counts[index] as number) + 1;
    this.#counts[index] = next;
    return next === CARRY ? this.#carry(index) : grownBytes;
  }

  /**
   * A percentile by nearest rank, in seconds.
   *
   * @param share - from 0 to 1, as in 0.99
   * @returns 0 where nothing was added
   */
  percentile(share: number): number {
    if (this.#count === 0) return 0;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let index = 0; index < this.#counts.length; index += 1) {
      seen += (this.#counts[index] as number) + (this.#carries?.[index] ?? 0) * CARRY;
      if (seen >= rank) return this.#within(microsecondsOf(this.#first + index));
    }
    return this.max;
  }

  /** Forgets all durations; the window stays, for the next period's are like this one's. */
  clear(): void {
    this.#count = 0;
    this.#sumMicroseconds = 0;
    this.#min = Infinity;
    this.#max = 0;
    this.#counts.fill(0);
    this.#carries = undefined;
  }

  /** The middle of the first or the last bucket may lie beyond what was added. */
  #within(microseconds: number): number {
    return Math.min(this.#max, Math.max(this.#min, microseconds)) / MICROSECONDS_PER_SECOND;
  }

  /** @returns by how many bytes the counts grew */
  #carry(index: number): number {
    const isFirst = this.#carries === undefined;
    this.#carries ??= new Uint8Array(this.#counts.length);
    // Beyond 16.7 million of one bucket in a period more are taken for as many: percentiles shift, counts and sums do not.
    this.#carries[index] = Math.min(0xff, (this.#carries[index] as number) + 1);
    return isFirst ? this.#carries.byteLength : 0;
  }

  /** Makes the window wide enough for a bucket. @returns by how many bytes the counts grew */
  #widen(bucket: number): number {
    const before = this.byteLength;
    const step = Math.floor(bucket / WINDOW_STEP) * WINDOW_STEP;
    const isEmpty = this.#counts.length === 0;
    const first = isEmpty ? step : Math.min(this.#first, step);
    const end = Math.max(isEmpty ? 0 : this.#first + this.#counts.length, step + WINDOW_STEP);
    const shift = this.#first - first;
    const counts = new Uint16Array(end - first);
    if (!isEmpty) counts.set(this.#counts, shift);
    if (this.#carries !== undefined) {
      const carries = new Uint8Array(counts.length);
      carries.set(this.#carries, shift);
      this.#carries = carries;
    }
    this.#counts = counts;
    this.#first = first;
    return this.byteLength - before;
  }
}

function bucketOf(microseconds: number): number {
  if (microseconds < 1) return 0;
  const bucket = 1 + Math.ceil(Math.log(microseconds) * BUCKETS_PER_E);
  return bucket > LAST_BUCKET ? LAST_BUCKET : bucket;
}

/** The value whose distance to both ends of a bucket is the same share of them. */
function microsecondsOf(bucket: number): number {
  return bucket === 0 ? 0 : (2 * GAMMA ** (bucket - 1)) / (GAMMA + 1);
}
