import type { LineWish } from './line-filter.ts';
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

  /** Hands out what has gathered. */
  flush(): void {
    if (this.#lineCount === 0) return;
    const lines = Buffer.from(this.#lines);
    for (const reader of this.readers) {
      reader.send(lines, this.#lineCount);
      reader.skip(this.#skippedCount);
    }
    this.#lines = '';
    this.#byteCount = 0;
    this.#lineCount = 0;
    this.#skippedCount = 0;
  }
}
