import { CAPACITY_SHARE, LineBlock, MAX_BATCH_BYTES, MAX_BATCH_LINES } from '../batch/block.ts';
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
 * taken (being sent) │ spool (on disk) │ sealed blocks │ open block ◄── record
 * ```
 *
 * The spool grows at its end by the oldest of memory, what is taken first; so the order stays, whatever lies where.
 */
export class Backlog {
  readonly #spool: Spool | undefined;
  /** What a block comes to when it is full. */
  readonly block: LineBounds;
  #open: LineBlock | undefined;
  #sealed: PendingBatch[] = [];
  #sealedBytes = 0;
  #taken: PendingBatch[] = [];
  #lastBlockBytes = 0;

  constructor(maxMemoryBytes: number, spool?: Spool) {
    this.#spool = spool;
    this.block = { maxLines: MAX_BATCH_LINES, maxBytes: Math.min(MAX_BATCH_BYTES, maxMemoryBytes / MIN_BLOCKS) };
  }

  /** Adds a line. @returns true where the block is full and to be sealed */
  append(line: string): boolean {
    this.#open ??= new LineBlock(this.block.maxBytes, this.#lastBlockBytes);
    this.#open.append(line);
    return this.#open.isFull;
  }

  /** Ends the open block, so that it can travel. */
  seal(): void {
    if (this.#open === undefined) return;
    const batch = new PendingBatch(this.#open.seal(), this.#open.openedAtMs);
    this.#lastBlockBytes = Math.min(this.#open.length, this.block.maxBytes);
    this.#open = undefined;
    this.#sealed.push(batch);
    this.#sealedBytes += batch.memoryBytes;
  }

  get lineCount(): number {
    return this.memoryLineCount + this.spooledLineCount;
  }

  /** Lines that are in memory alone. */
  get memoryLineCount(): number {
    const taken = this.#taken.filter(({ place }) => place === undefined);
    return linesIn(taken) + linesIn(this.#sealed) + (this.#open?.lineCount ?? 0);
  }

  /** Lines that are in the spool. */
  get spooledLineCount(): number {
    return linesIn(this.#taken.filter(({ place }) => place !== undefined)) + (this.#spool?.lineCount ?? 0);
  }

  get memoryBytes(): number {
    return this.#sealedBytes + bytesIn(this.#taken) + (this.#open?.capacity ?? 0);
  }

  /** Bytes of memory that what is taken takes, but for what is set aside. */
  get inTurnBytes(): number {
    return bytesIn(this.inTurn);
  }

  /** Bytes of memory that what is set aside takes. */
  get setAsideBytes(): number {
    return bytesIn(this.setAside);
  }

  /** Whether lines wait in the spool that go before those in memory: what is set aside does not. */
  get isSpoolInTurn(): boolean {
    return (this.#spool?.lineCount ?? 0) > 0 || this.inTurn.some(({ place }) => place !== undefined);
  }

  /** What `stats()` says of what is pending. */
  figures(): PendingFigures {
    const { lineCount: pending, memoryBytes, oldestAtMs, spooledLineCount: spooled } = this;
    const oldestPendingMs = oldestAtMs === undefined ? 0 : Math.max(0, Date.now() - oldestAtMs);
    return { pending, memoryBytes, spooled, spoolBytes: this.#spool?.byteCount ?? 0, oldestPendingMs };
  }

  /** Bytes of memory that a line takes, of the batch that goes next; `undefined` where none is sealed. */
  get bytesPerLine(): number | undefined {
    const batch = this.#taken[0] ?? this.#sealed[0];
    return batch === undefined || batch.lineCount === 0 ? undefined : batch.memoryBytes / batch.lineCount;
  }

  /** When the oldest line was recorded, in milliseconds since the epoch. */
  get oldestAtMs(): number | undefined {
    const ages = [...this.#taken, this.#sealed[0]].map((batch) => batch?.recordedAtMs);
    const known = [...ages, this.#spool?.oldestAtMs, this.#open?.openedAtMs].filter((atMs) => atMs !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** Bytes of memory that the next open block will take. */
  get nextBlockBytes(): number {
    return this.block.maxBytes * CAPACITY_SHARE;
  }

  /** True where something besides the open block waits. */
  get hasSealed(): boolean {
    return this.inTurn.length > 0 || this.#sealed.length > 0 || (this.#spool?.lineCount ?? 0) > 0;
  }

  /** What is taken and not set aside, oldest first. */
  get inTurn(): readonly PendingBatch[] {
    return this.#taken.filter(({ isSetAside }) => !isSetAside);
  }

  /** What is set aside, oldest first. */
  get setAside(): readonly PendingBatch[] {
    return this.#taken.filter(({ isSetAside }) => isSetAside);
  }

  /** Whether as much waits as a block may hold, the open one aside. */
  get hasFullBlock(): boolean {
    const { maxLines, maxBytes } = this.block;
    return linesIn(this.#sealed) + (this.#spool?.lineCount ?? 0) >= maxLines || this.#sealedBytes >= maxBytes;
  }

  /**
   * Takes the oldest batch that waits.
   *
   * @param isMemoryIncluded - false to take only what is in the spool
   * @param bounds - what the blocks that it is made of may come to; one block where it is not given
   * @returns `undefined` where none waits
   */
  async take(isMemoryIncluded: boolean, bounds?: LineBounds): Promise<PendingBatch | undefined> {
    const read: PendingBatch[] = [];
    if (this.#spool !== undefined && this.#spool.lineCount > 0) {
      await this.#spool.take((batch) => {
        read.push(batch);
        // At the moment when its lines leave the spool's count, so that they are in one count at any time.
        this.#taken.push(batch);
      }, bounds);
    }
    if (read.length > 0 || !isMemoryIncluded) return read[0];
    const batch = this.#takeSealed(bounds);
    if (batch !== undefined) this.#taken.push(batch);
    return batch;
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

  /** A batch came to its end. */
  async settle(batch: PendingBatch): Promise<void> {
    const { place } = batch;
    this.#taken = this.#taken.filter((other) => other !== batch);
    if (place !== undefined) await this.#spool?.acknowledge(place);
  }

  /** The oldest that is in memory alone, the open block aside. */
  get oldestInMemory(): PendingBatch | undefined {
    return this.#oldestTakenInMemory ?? this.#sealed[0];
  }

  get #oldestTakenInMemory(): PendingBatch | undefined {
    return this.#taken.find(({ lineCount, place }) => place === undefined && lineCount > 0);
  }

  /** Lines that whoever adopts the spool finds there: also those that came to their end where others before did not. */
  get adoptableLineCount(): number {
    const settled = this.#taken.reduce(
      (sum, { lineCount, place }) => sum + (place === undefined ? 0 : place.lineCount - lineCount),
      0,
    );
    return this.spooledLineCount + settled + (this.#spool?.repeatedLineCount ?? 0);
  }

  /** The first that keeps lines in the spool which came to their end: its own, or those of others behind it. */
  get partlySettled(): PendingBatch | undefined {
    return this.#taken.find(
      ({ lineCount, place }) =>
        place !== undefined && (lineCount < place.lineCount || place.segment.repeatedLineCount > 0),
    );
  }

  isTaken(batch: PendingBatch): boolean {
    return this.#taken.includes(batch);
  }

  /** The oldest in memory is in the spool now. */
  moveToSpool(batch: PendingBatch, place: SpoolPlace): void {
    if (this.isTaken(batch)) batch.place = place;
    else this.dropOldestSealed();
  }

  /** Takes the oldest sealed block out. What is taken may be under way, so it is never what has to go. */
  dropOldestSealed(): PendingBatch | undefined {
    const batch = this.#sealed.shift();
    if (batch !== undefined) this.#sealedBytes -= batch.memoryBytes;
    return batch;
  }

  /** Takes the oldest out that is taken and in memory alone. */
  dropOldestTaken(): PendingBatch | undefined {
    const batch = this.#oldestTakenInMemory;
    this.#taken = this.#taken.filter((other) => other !== batch);
    return batch;
  }

  /** The lines in memory, oldest first, those under way included: for a look at them. */
  textInMemory(): string {
    this.seal();
    return [...this.#taken, ...this.#sealed].map((batch) => batch.contents().bytes.toString()).join('\n');
  }

  /** A line that is not of the oldest batch, to see whether the database takes anything. */
  otherLine(): string | undefined {
    if (this.#open !== undefined) return this.#open.lastLine();
    const piece = (this.#sealed.at(-1) ?? this.#taken.slice(1).at(-1))?.piece;
    return piece?.bytes.toString().split('\n').at(-1);
  }
}

function linesIn(batches: readonly PendingBatch[]): number {
  return batches.reduce((sum, { lineCount }) => sum + lineCount, 0);
}

function bytesIn(batches: readonly PendingBatch[]): number {
  return batches.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
}
