import type { LineWish } from './line-wish.ts';
import type { PointReader } from './point-reader.ts';

/** Bytes of lines that may come together between two messages; what is recorded beyond them is left out, and counted. */
const MAX_GATHERED_BYTES = 1024 * 1024;

/** So many go out at once, since sending more would hold the service's own events up for longer. */
const DUE_BYTES = 64 * 1024;

/** All readers that want the same lines: these are gathered and encoded once for all of them. */
export class Audience {
  readonly readers = new Set<PointReader>();
  readonly #wish: LineWish;
  #lines = '';
  #byteCount = 0;
  #lineCount = 0;
  #skippedCount = 0;

  constructor(wish: LineWish) {
    this.#wish = wish;
  }

  /** True where enough has gathered. */
  get isDue(): boolean {
    return this.#byteCount >= DUE_BYTES;
  }

  /** Takes a line. It is called while points are recorded. @returns true where the line is wanted */
  add(line: string): boolean {
    if (!this.#wish.wants(line)) return false;
    if (this.#byteCount >= MAX_GATHERED_BYTES) {
      this.#skippedCount += 1;
      return true;
    }
    this.#lines += `${line}\n`;
    this.#byteCount += Buffer.byteLength(line) + 1;
    this.#lineCount += 1;
    return true;
  }

  /** Takes what has gathered, for those who are there now; a step for each of them. */
  takeGathered(): Iterator<void> | undefined {
    if (this.#lineCount === 0) return undefined;
    const steps = handOut([...this.readers], this.#lines, this.#lineCount, this.#skippedCount);
    this.#lines = '';
    this.#byteCount = 0;
    this.#lineCount = 0;
    this.#skippedCount = 0;
    return steps;
  }
}

function* handOut(
  readers: readonly PointReader[],
  text: string,
  lineCount: number,
  skippedCount: number,
): Generator<void> {
  const lines = Buffer.from(text);
  for (const reader of readers) {
    reader.send(lines, lineCount);
    reader.skip(skippedCount);
    yield;
  }
}
