import { CAPACITY_SHARE, LineBlock, MAX_BATCH_BYTES } from '../batch/block.ts';
import { joinLines, type LineBounds } from '../batch/lines.ts';
import { PendingBatch, type SpoolPlace } from '../spool/pending-batch.ts';
import type { DeliveryStats } from '../ledger/stats.ts';
import type { Spool } from '../spool/spool.ts';

/** A small bound of memory holds several blocks, too, so that dropping one does not empty it. */
const MIN_BLOCKS = 4;

type PendingFigures = Pick<DeliveryStats, 'pending' | 'memoryBytes' | 'spooled' | 'spoolBytes' | 'oldestPendingMs'>;

/**
 * All that is pending, oldest first:
 *
 * ```
 * head (being sent) │ spool (on disk) │ sealed blocks │ open block ◄── record
 * ```
 *
 * The spool grows at its end by the oldest of memory, the head first; so the order stays, whatever lies where.
 */
export class Backlog {
  readonly #spool: Spool | undefined;
  readonly #maxBlockBytes: number;
  #open: LineBlock | undefined;
  #sealed: PendingBatch[] = [];
  #sealedBytes = 0;
  #head: PendingBatch | undefined;
  #lastBlockBytes = 0;

  constructor(maxMemoryBytes: number, spool?: Spool) {
    this.#spool = spool;
    this.#maxBlockBytes = Math.min(MAX_BATCH_BYTES, maxMemoryBytes / MIN_BLOCKS);
  }

  /** Adds a line. @returns true where the block is full and to be sealed */
  append(line: string): boolean {
    this.#open ??= new LineBlock(this.#maxBlockBytes, this.#lastBlockBytes);
    this.#open.append(line);
    return this.#open.isFull;
  }

  /** Ends the open block, so that it can travel. */
  seal(): void {
    if (this.#open === undefined) return;
    const batch = new PendingBatch(this.#open.seal(), this.#open.openedAtMs);
    this.#lastBlockBytes = Math.min(this.#open.length, this.#maxBlockBytes);
    this.#open = undefined;
    this.#sealed.push(batch);
    this.#sealedBytes += batch.memoryBytes;
  }

  get lineCount(): number {
    return this.memoryLineCount + this.spooledLineCount;
  }

  /** Lines that are in memory alone. */
  get memoryLineCount(): number {
    const head = this.#head === undefined || this.#head.place !== undefined ? 0 : this.#head.lineCount;
    return this.#sealed.reduce((sum, { lineCount }) => sum + lineCount, head + (this.#open?.lineCount ?? 0));
  }

  /** Lines that are in the spool. */
  get spooledLineCount(): number {
    const head = this.#head?.place === undefined ? 0 : this.#head.lineCount;
    return head + (this.#spool?.lineCount ?? 0);
  }

  get memoryBytes(): number {
    return this.#sealedBytes + (this.#head?.memoryBytes ?? 0) + (this.#open?.capacity ?? 0);
  }

  /** What `stats()` says of what is pending. */
  figures(): PendingFigures {
    const { lineCount: pending, memoryBytes, oldestAtMs, spooledLineCount: spooled } = this;
    const oldestPendingMs = oldestAtMs === undefined ? 0 : Math.max(0, Date.now() - oldestAtMs);
    return { pending, memoryBytes, spooled, spoolBytes: this.#spool?.byteCount ?? 0, oldestPendingMs };
  }

  /** Bytes of memory that a line takes, of the batch that goes next; `undefined` where none is sealed. */
  get bytesPerLine(): number | undefined {
    const batch = this.#head ?? this.#sealed[0];
    return batch === undefined || batch.lineCount === 0 ? undefined : batch.memoryBytes / batch.lineCount;
  }

  /** When the oldest line was recorded, in milliseconds since the epoch. */
  get oldestAtMs(): number | undefined {
    const ages = [this.#head, this.#sealed[0]].map((batch) => batch?.recordedAtMs);
    const known = [...ages, this.#spool?.oldestAtMs, this.#open?.openedAtMs].filter((atMs) => atMs !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** Bytes of memory that the next open block will take. */
  get nextBlockBytes(): number {
    return this.#maxBlockBytes * CAPACITY_SHARE;
  }

  /** True where something besides the open block waits. */
  get hasSealed(): boolean {
    return this.#head !== undefined || this.#sealed.length > 0 || (this.#spool?.lineCount ?? 0) > 0;
  }

  /**
   * Makes the oldest batch the head, unless there is one.
   *
   * @param isMemoryIncluded - false to take only what is in the spool
   * @param bounds - what the blocks that it is made of may come to; one block where it is not given
   */
  async takeHead(isMemoryIncluded: boolean, bounds?: LineBounds): Promise<PendingBatch | undefined> {
    if (this.#head === undefined && this.#spool !== undefined && this.#spool.lineCount > 0) {
      // At the moment when its lines leave the spool's count, so that they are in one count at any time.
      await this.#spool.take((batch) => {
        this.#head = batch;
      }, bounds);
    }
    if (this.#head !== undefined || !isMemoryIncluded) return this.#head;
    this.#head = this.#takeSealed(bounds);
    return this.#head;
  }

  /** The oldest sealed blocks that fit in, as one batch. */
  #takeSealed(bounds: LineBounds | undefined): PendingBatch | undefined {
    const first = this.dropOldestSealed();
    if (first === undefined || bounds === undefined) return first;
    const { maxLines, maxBytes } = bounds;
    const parts = [first.contents()];
    let lineCount = first.lineCount;
    let byteCount = first.memoryBytes;
    for (let next = this.#sealed[0]; next !== undefined; next = this.#sealed[0]) {
      lineCount += next.lineCount;
      byteCount += next.memoryBytes;
      if (lineCount > maxLines || byteCount > maxBytes) break;
      parts.push(next.contents());
      this.dropOldestSealed();
    }
    return parts.length === 1 ? first : new PendingBatch(joinLines(parts), first.recordedAtMs);
  }

  /** The head came to its end. */
  async settleHead(): Promise<void> {
    const place = this.#head?.place;
    this.#head = undefined;
    if (place !== undefined) await this.#spool?.acknowledge(place);
  }

  /** The oldest that is in memory alone, the open block aside. */
  get oldestInMemory(): PendingBatch | undefined {
    return this.#head !== undefined && this.#head.place === undefined && this.#head.lineCount > 0
      ? this.#head
      : this.#sealed[0];
  }

  /** Lines that whoever adopts the spool finds there: of a head that was settled in part still all. */
  get adoptableLineCount(): number {
    const head = this.partlySettledHead;
    const settledLineCount = head?.place === undefined ? 0 : head.place.lineCount - head.lineCount;
    return this.spooledLineCount + settledLineCount;
  }

  /** The head where the spool still has lines of it that came to their end. */
  get partlySettledHead(): PendingBatch | undefined {
    const head = this.#head;
    return head?.place !== undefined && head.lineCount < head.place.lineCount ? head : undefined;
  }

  /** What is left of the head is in the spool a second time, for somebody to read. */
  releaseHead(): void {
    this.#head = undefined;
  }

  isHead(batch: PendingBatch): boolean {
    return batch === this.#head;
  }

  /** The oldest in memory is in the spool now. */
  moveToSpool(batch: PendingBatch, place: SpoolPlace): void {
    if (this.isHead(batch)) batch.place = place;
    else this.dropOldestSealed();
  }

  /** Takes the oldest sealed block out. The head may be under way, so it is never the one to go. */
  dropOldestSealed(): PendingBatch | undefined {
    const batch = this.#sealed.shift();
    if (batch !== undefined) this.#sealedBytes -= batch.memoryBytes;
    return batch;
  }

  /** Takes the head out where it is in memory alone. */
  dropHead(): PendingBatch | undefined {
    const batch = this.#head?.place === undefined ? this.#head : undefined;
    if (batch !== undefined) this.#head = undefined;
    return batch;
  }

  /** The lines in memory, oldest first, those under way included: for a look at them. */
  textInMemory(): string {
    this.seal();
    const batches = this.#head === undefined ? this.#sealed : [this.#head, ...this.#sealed];
    return batches.map((batch) => batch.contents().bytes.toString()).join('\n');
  }

  /** A line that is not of the head, to see whether the database takes anything. */
  otherLine(): string | undefined {
    if (this.#open !== undefined) return this.#open.lastLine();
    const piece = this.#sealed.at(-1)?.piece;
    return piece?.bytes.toString().split('\n').at(-1);
  }
}
