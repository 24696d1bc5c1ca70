import { LineBlock } from '../batch/block.ts';
import type { Batch } from '../batch/outcome.ts';
import { decodeLine, type StoredPoint } from '../lines/decode.ts';

/**
 * What of the store to read.
 *
 * @category Databases
 */
export interface PointQuery {
  /** Only points of this series. */
  readonly series?: string | undefined;
  /** Only points not before this time, in seconds since the epoch. */
  readonly from?: number | undefined;
  /** Only points before this time, in seconds since the epoch. */
  readonly to?: number | undefined;
}

/**
 * Options of `PointStore`.
 *
 * @category Databases
 */
export interface PointStoreOptions {
  /** Bytes of memory it may take. @defaultValue 64 MiB */
  readonly maxBytes?: number | undefined;
  /** How long points are kept, in seconds. @defaultValue 900 */
  readonly keepSeconds?: number | undefined;
}

/** Bytes of memory that the embedded store may take. */
export const DEFAULT_STORE_BYTES = 64 * 1024 * 1024;

/** How long the embedded store keeps points: 15 minutes, in seconds. */
export const DEFAULT_STORE_SECONDS = 900;

/** Single lines are kept as a batch after this many milliseconds, so that their age is known. */
const MAX_OPEN_MS = 5000;

/**
 * Some lines, as the store keeps them.
 *
 * @category Databases
 */
export interface StoredBatch {
  /** Grows by one with each batch of a store; the first is 1. */
  readonly sequence: number;
  /** Line protocol without a line end after the last line. */
  readonly bytes: Buffer;
  readonly lineCount: number;
  /** When it was stored, in milliseconds of `performance.now()`. */
  readonly storedAtMs: number;
}

/**
 * The embedded store: the points of the last 15 minutes, in this process's memory, as the lines they are.
 *
 * Storing a batch that comes as bytes costs no copy; lines are read when somebody asks.
 *
 * @category Databases
 */
export class PointStore {
  readonly #maxBytes: number;
  readonly #keepMs: number;
  #batches: StoredBatch[] = [];
  #open: { readonly block: LineBlock; readonly openedAtMs: number } | undefined;
  #byteCount = 0;
  #sequence = 0;
  #forgottenCount = 0;

  constructor({ maxBytes = DEFAULT_STORE_BYTES, keepSeconds = DEFAULT_STORE_SECONDS }: PointStoreOptions = {}) {
    this.#maxBytes = maxBytes;
    this.#keepMs = keepSeconds * 1000;
  }

  /** Bytes of memory that it takes. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** How many points went because of their age or for want of room. */
  get forgottenCount(): number {
    return this.#forgottenCount;
  }

  add(batch: Batch): void {
    this.#keep(batch.bytes, batch.lineCount);
  }

  /** Adds one line, as for an observer of lines. */
  addLine(line: string): void {
    this.#open ??= { block: new LineBlock(), openedAtMs: performance.now() };
    const { block, openedAtMs } = this.#open;
    block.append(line);
    if (block.isFull || performance.now() - openedAtMs >= MAX_OPEN_MS) this.#seal();
  }

  /** The points that a query asks for, in the order they were stored: about that of their end. */
  points(query: PointQuery = {}): StoredPoint[] {
    this.#seal();
    this.#forget();
    return [...this.#select(query)];
  }

  /**
   * The batches that came after one, in order: with the last one's `sequence` the next call goes on from there.
   *
   * @param sequence - that of the last batch read; 0 for all that are kept
   */
  batchesAfter(sequence: number): StoredBatch[] {
    this.#seal();
    this.#forget();
    const first = this.#batches[0]?.sequence ?? 0;
    return this.#batches.slice(Math.max(0, sequence - first + 1));
  }

  *#select(query: PointQuery): Generator<StoredPoint> {
    for (const batch of this.#batches) {
      for (const line of batch.bytes.toString().split('\n')) {
        const point = decodeLine(line);
        if (isAskedFor(point, query)) yield point;
      }
    }
  }

  #seal(): void {
    if (this.#open === undefined) return;
    const { bytes, lineCount } = this.#open.block.seal();
    this.#open = undefined;
    this.#keep(bytes, lineCount);
  }

  #keep(bytes: Buffer, lineCount: number): void {
    this.#sequence += 1;
    this.#batches.push({ sequence: this.#sequence, bytes, lineCount, storedAtMs: performance.now() });
    this.#byteCount += bytes.length;
    this.#forget();
  }

  #forget(): void {
    const oldestMs = performance.now() - this.#keepMs;
    let count = 0;
    for (const batch of this.#batches) {
      if (batch.storedAtMs >= oldestMs && this.#byteCount <= this.#maxBytes) break;
      count += 1;
      this.#byteCount -= batch.bytes.length;
      this.#forgottenCount += batch.lineCount;
    }
    if (count > 0) this.#batches = this.#batches.slice(count);
  }
}

/** Whether a query asks for a point. */
export function isAskedFor(point: StoredPoint, { series, from = -Infinity, to = Infinity }: PointQuery = {}): boolean {
  return (series === undefined || point.series === series) && point.time >= from && point.time < to;
}
