import type { DeliveryEvents } from '../ledger/events.ts';
import { ONE_BATCH } from '../batch/block.ts';
import { runOutsideContext } from '../process/outside-context.ts';
import type { LineBounds } from '../batch/lines.ts';
import type { PendingBatch, SpoolPlace } from './pending-batch.ts';
import type { DeliveryCounts } from '../ledger/counts.ts';
import { adoptSegments } from './adoption.ts';
import { QueueFolder } from './folder.ts';
import { Losses } from './losses.ts';
import type { Segment } from './segment/segment.ts';

/** Options of `Spool`. */
export interface SpoolOptions {
  readonly folder: string;
  readonly maxBytes: number;
  /** True to wait for the disk at each frame. */
  readonly isSynced: boolean;
}

const MAX_SEGMENT_BYTES = 8 * 1024 * 1024;
/** A small spool has several segments too, so that dropping one does not empty it. */
const MIN_SEGMENTS = 8;

/** More are adopted once some of these are delivered: each look at the spool goes over all of them. */
const MAX_SEGMENTS = 1000;

/** The queue on disk: segments of frames, oldest first. Its methods may be called at any time, in any order. */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #folder: QueueFolder;
  readonly #counts: DeliveryCounts;
  readonly #events: DeliveryEvents;
  readonly #losses: Losses;
  readonly #maxSegmentBytes: number;
  #segments: Segment[] = [];
  #writing: Segment | undefined;
  /** Lines of a segment that is being dropped and not yet counted as such. */
  #leavingLineCount = 0;
  /** Lines that are being read, and not yet handed over. */
  #takenLineCount = 0;
  #isSyncDue = false;
  #lastTask: Promise<unknown> = Promise.resolve();
  #adopting: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: SpoolOptions, counts: DeliveryCounts, events: DeliveryEvents) {
    this.#options = options;
    this.#folder = new QueueFolder(options.folder);
    this.#counts = counts;
    this.#events = events;
    this.#losses = new Losses(this.#folder, counts, events);
    this.#maxSegmentBytes = Math.min(MAX_SEGMENT_BYTES, options.maxBytes / MIN_SEGMENTS);
  }

  /** Lines that were not read yet. */
  get lineCount(): number {
    const others = this.#leavingLineCount + this.#takenLineCount;
    return this.#segments.reduce((sum, { lineCount }) => sum + lineCount, others);
  }

  get byteCount(): number {
    return this.#segments.reduce((sum, { byteCount }) => sum + byteCount, 0);
  }

  /** Lines that came to their end, and that whoever adopts the spool finds there once more. */
  get repeatedLineCount(): number {
    return this.#segments.reduce((sum, { repeatedLineCount }) => sum + repeatedLineCount, 0);
  }

  /** When the oldest line that was not read yet was recorded, in milliseconds since the epoch. */
  get oldestAtMs(): number | undefined {
    return this.#segments.find(({ lineCount }) => lineCount > 0)?.oldestAtMs;
  }

  /**
   * Adds a frame at the end, now.
   *
   * @param isTaken - true for what is being sent already
   * @throws what the file system throws; then nothing was added
   */
  append(frame: Buffer, batch: PendingBatch, isTaken: boolean): SpoolPlace {
    let segment = this.#writing;
    const isFull = segment !== undefined && segment.byteCount >= this.#maxSegmentBytes;
    // What is read up to the end must not have anything before it that is not.
    if (segment === undefined || isFull || (isTaken && !segment.isRead)) {
      segment = this.#folder.createSegment();
      this.#segments.push(segment);
      this.#closeLater(this.#writing);
      this.#writing = segment;
    }
    return { segment, endOffset: segment.append(frame, batch, isTaken), lineCount: batch.lineCount };
  }

  /** Brings what was added onto the disk, where the durability asks for it; one wait of the disk serves all till then. */
  sync(): void {
    if (!this.#options.isSynced || this.#isSyncDue) return;
    this.#isSyncDue = true;
    this.#exclusive(async () => {
      this.#isSyncDue = false;
      await this.#writing?.sync();
      if (this.#writing !== undefined) this.#folder.syncNames();
    }).catch((error: unknown) => {
      this.#losses.tell('unwritable', 0, error);
    });
  }

  /**
   * Hands over the oldest frames that together make a batch, if there are any.
   *
   * @param onTaken - called at the moment when its lines leave the count of the spool
   * @param bounds - how much a batch may come to; one frame at least
   */
  take(onTaken: (batch: PendingBatch) => void, bounds: LineBounds = ONE_BATCH): Promise<void> {
    return this.#exclusive(async () => {
      for (;;) {
        const segment = this.#segments.find(({ isRead }) => !isRead);
        if (segment === undefined) return;
        const { batch, isGone } = await this.#losses.read(segment, bounds, (lineCount) => {
          this.#takenLineCount += lineCount;
        });
        if (isGone) this.#forget(segment);
        this.#takenLineCount = 0;
        if (batch === undefined) continue;
        onTaken(batch);
        return;
      }
    });
  }

  /** Notes that what ends at a place is delivered or dead-lettered. */
  acknowledge({ segment, endOffset }: SpoolPlace): Promise<void> {
    return this.#exclusive(async () => {
      try {
        await segment.acknowledge(endOffset);
        if (segment.isAcknowledged && !segment.isGone) await this.#remove(segment);
      } catch (error) {
        // It stays on the disk and may be sent again, which changes nothing.
        this.#losses.tell('unwritable', 0, error);
      }
    });
  }

  hasRoom(byteCount: number): boolean {
    return this.byteCount + byteCount <= this.#options.maxBytes;
  }

  /** Drops the oldest segments until some bytes more fit in. */
  async makeRoom(byteCount: number): Promise<void> {
    if (this.hasRoom(byteCount)) return;
    await this.#exclusive(async () => {
      while (!this.hasRoom(byteCount)) {
        const oldest = this.#segments[0];
        if (oldest === undefined) return;
        await this.#dropSegment(oldest);
      }
    });
  }

  /** Takes over what dead processes left behind, beside all else: what lies there may take long to read. */
  adopt(): Promise<void> {
    this.#adopting ??= this.#adopt().finally(() => {
      this.#adopting = undefined;
    });
    return this.#adopting;
  }

  /** Says that this process lives. */
  beat(): Promise<void> {
    return this.#folder.beat();
  }

  /** Waits for what is under way, and leaves what is on the disk to others. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#lastTask, this.#adopting]);
    this.closeSync();
  }

  /** Takes the folder away where nothing is in it, now; it is made anew when something comes. */
  leaveIfEmpty(): void {
    if (this.#segments.length === 0) this.#folder.leave();
  }

  /** Leaves what is on the disk to others, now. */
  closeSync(): void {
    this.#isClosed = true;
    if (this.#options.isSynced) this.#writing?.syncNow();
    for (const segment of this.#segments) segment.close();
    this.#folder.leave();
  }

  async #adopt(): Promise<void> {
    let count = 0;
    await adoptSegments(this.#folder, {
      isEnded: () => this.#isClosed || this.#segments.length >= MAX_SEGMENTS,
      onAdopted: (segment) => {
        count += segment.lineCount;
        this.#counts.adopted += segment.lineCount;
        this.#segments.push(segment);
        this.#segments.sort((one, other) => (one.name < other.name ? -1 : 1));
      },
      onBroken: (reason) => {
        this.#losses.tell('broken', 0, reason);
      },
    });
    if (count > 0) this.#events.emit({ kind: 'spool', change: 'adopted', count, reason: '' });
    await this.makeRoom(0);
  }

  async #dropSegment(segment: Segment): Promise<void> {
    const total = segment.lineCount;
    this.#forget(segment);
    this.#leavingLineCount = total;
    this.#losses.tell('full', total, `${String(this.#options.maxBytes)} bytes`);
    await this.#losses.dropFrames(segment, (lineCount) => {
      this.#leavingLineCount -= lineCount;
    });
    const unread = this.#leavingLineCount;
    this.#leavingLineCount = 0;
    if (unread > 0) this.#counts.drop('', 'spool_full', unread);
  }

  async #remove(segment: Segment): Promise<void> {
    this.#forget(segment);
    await segment.remove();
  }

  /** Closes a segment's file once nobody reads it. */
  #closeLater(segment: Segment | undefined): void {
    this.#exclusive(() => {
      segment?.close();
      return Promise.resolve();
    }).catch(() => undefined);
  }

  #forget(segment: Segment): void {
    this.#segments = this.#segments.filter((other) => other !== segment);
    if (this.#writing === segment) this.#writing = undefined;
  }

  /** Runs one task at a time, so that none sees a segment in the middle of another's work. */
  #exclusive<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = runOutsideContext(() => this.#lastTask.then(task));
    this.#lastTask = result.catch(() => undefined);
    return result;
  }
}
