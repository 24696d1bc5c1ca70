/** Longest duration that is told from a longer one, in microseconds: 71 minutes. */
export const MAX_DURATION_US = 0xffffffff;

const MANTISSA_BITS = 8;
const MANTISSA_LIMIT = 1 << MANTISSA_BITS;
const WORD_BITS = 32;
const FIRST_CAPACITY_BITS = 2;
/** 2^32 divided by the golden ratio: spreads neighbouring codes over the table (Knuth, volume 3, 6.4). */
const HASH_FACTOR = 0x9e3779b1;

/**
 * Counts durations of one key in one span of time, in a few bytes for each that differs.
 *
 * Durations are kept to eight significant bits, which is just the width of the bins of an HdrHistogram of two digits:
 * what is put in here and later into one comes to the same counts as if it had gone there at once.
 */
export class SparseCounts {
  /** Pairs of code + 1 and count, in open addressing; 0 is a free place. */
  #pairs = new Uint32Array(2 << FIRST_CAPACITY_BITS);
  #capacityBits = FIRST_CAPACITY_BITS;
  #size = 0;

  /** Bytes of memory that the counts take. */
  get byteCount(): number {
    return this.#pairs.byteLength;
  }

  /** True where nothing was added. */
  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** @param durationUs - whole microseconds from 0 to `MAX_DURATION_US` */
  add(durationUs: number, count: number): void {
    if (this.#size * 4 >= 3 << this.#capacityBits) this.#grow();
    this.#addCode(codeOf(durationUs), count);
  }

  forEach(visit: (durationUs: number, count: number) => void): void {
    const pairs = this.#pairs;
    for (let index = 0; index < pairs.length; index += 2) {
      const key = pairs[index] ?? 0;
      if (key !== 0) visit(durationOf(key - 1), pairs[index + 1] ?? 0);
    }
  }

  #addCode(code: number, count: number): void {
    const pairs = this.#pairs;
    const mask = (1 << this.#capacityBits) - 1;
    let place = Math.imul(code, HASH_FACTOR) >>> (WORD_BITS - this.#capacityBits);
    for (;;) {
      const key = pairs[place * 2];
      if (key === code + 1 || key === 0) {
        if (key === 0) {
          pairs[place * 2] = code + 1;
          this.#size += 1;
        }
        pairs[place * 2 + 1] = (pairs[place * 2 + 1] ?? 0) + count;
        return;
      }
      place = (place + 1) & mask;
    }
  }

  #grow(): void {
    const old = this.#pairs;
    this.#capacityBits += 1;
    this.#pairs = new Uint32Array(2 << this.#capacityBits);
    this.#size = 0;
    for (let index = 0; index < old.length; index += 2) {
      const key = old[index] ?? 0;
      if (key !== 0) this.#addCode(key - 1, old[index + 1] ?? 0);
    }
  }
}

function codeOf(durationUs: number): number {
  if (durationUs < MANTISSA_LIMIT) return durationUs;
  const shift = WORD_BITS - MANTISSA_BITS - Math.clz32(durationUs);
  return (shift << MANTISSA_BITS) | (durationUs >>> shift);
}

/** The shortest duration of a code. */
function durationOf(code: number): number {
  return (code & (MANTISSA_LIMIT - 1)) * 2 ** (code >>> MANTISSA_BITS);
}
