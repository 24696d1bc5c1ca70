import type { Batch } from './outcome.ts';

/** A batch is closed at this many lines, since InfluxDB 1.x counts points of new series a request. */
export const MAX_BATCH_LINES = 5000;

/** A batch is closed at this many bytes: it fits the body limits of InfluxDB 1, 2 and 3 and of usual proxies. */
export const MAX_BATCH_BYTES = 1024 * 1024;

const FIRST_BLOCK_BYTES = 16 * 1024;
const MAX_BYTES_PER_UNIT = 3;
const LINE_END = 0x0a;

/** Lines of UTF-8 in one block of memory outside the heap. */
export class LineBlock {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BLOCK_BYTES);
  #length = 0;
  #lineCount = 0;
  /** When the first line was recorded, in milliseconds of `performance.now()`. */
  readonly openedAtMs = performance.now();

  get lineCount(): number {
    return this.#lineCount;
  }

  /** Bytes of memory that it takes. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** Bytes of lines that it holds. */
  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#lineCount >= MAX_BATCH_LINES || this.#length >= MAX_BATCH_BYTES;
  }

  append(line: string): void {
    this.#reserve(line.length * MAX_BYTES_PER_UNIT + 1);
    if (this.#length > 0) {
      this.#bytes[this.#length] = LINE_END;
      this.#length += 1;
    }
    this.#length += this.#bytes.write(line, this.#length);
    this.#lineCount += 1;
  }

  /** Gives back the memory that no line took. */
  trim(): void {
    if (this.#length > this.#bytes.length / 2) return;
    this.#bytes = Buffer.concat([this.#bytes.subarray(0, this.#length)]);
  }

  toBatch(): Batch {
    return { lines: this.#bytes.toString('utf8', 0, this.#length), lineCount: this.#lineCount };
  }

  #reserve(byteCount: number): void {
    const needed = this.#length + byteCount;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
