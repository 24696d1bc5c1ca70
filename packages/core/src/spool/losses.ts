import { ONE_BATCH } from '../batch/block.ts';
import type { LineBounds } from '../batch/lines.ts';
import type { DeliveryCounts } from '../ledger/counts.ts';
import type { DeliveryEvents } from '../ledger/events.ts';
import { codeOf, reasonOf } from '../process/error-text.ts';
import type { QueueFolder } from './folder.ts';
import { decodeFrame } from './segment/frame.ts';
import type { PendingBatch } from './pending-batch.ts';
import { readBatch } from './read-batch.ts';
import type { Segment } from './segment/segment.ts';

/** Failures that say nothing of the file: it is read again later. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY']);

/** What came of reading on in a segment. */
export interface Reading {
  /** `undefined` where nothing could be read: reading on may give one. */
  readonly batch: PendingBatch | undefined;
  /** Whether nothing is left of the segment. */
  readonly isGone: boolean;
}

/** Reads segments, and does what is to be done with those that are broken or have to go. */
export class Losses {
  /** Broken segments of which there is a copy already. */
  readonly #copied = new WeakSet<Segment>();
  readonly #counts: DeliveryCounts;
  readonly #events: DeliveryEvents;
  readonly #folder: QueueFolder;

  constructor(folder: QueueFolder, counts: DeliveryCounts, events: DeliveryEvents) {
    this.#folder = folder;
    this.#counts = counts;
    this.#events = events;
  }

  /**
   * Reads the next batch. Where a frame is broken, the segment is kept aside as it is, and its other frames are delivered.
   *
   * @param bounds - of the batch
   * @param onRead - told of lines that are not in the segment's count any more
   * @throws for what says nothing of the file
   */
  async read(segment: Segment, bounds: LineBounds, onRead: (lineCount: number) => void): Promise<Reading> {
    try {
      const batch = await readBatch(segment, bounds, onRead);
      this.#countPassedOver(segment);
      return { batch, isGone: false };
    } catch (error) {
      if (TRANSIENT_CODES.has(codeOf(error) ?? '')) throw error;
      return { batch: undefined, isGone: await this.#passOver(segment, error) };
    }
  }

  /** @returns true where nothing is left of it */
  async #passOver(segment: Segment, error: unknown): Promise<boolean> {
    try {
      if (!this.#copied.has(segment)) this.#folder.moveAside(segment.path, segment.name, true);
      this.#copied.add(segment);
      await segment.passOver();
    } catch {
      // It can no longer be read at all.
      this.#counts.drop('', 'spool_broken', this.#setAside(segment, error));
      return true;
    }
    this.tell('broken', 0, error);
    if (!segment.isRead) return false;
    this.#countPassedOver(segment);
    // What is under way of it takes it away when that comes to its end.
    if (!segment.isAcknowledged) return false;
    await segment.remove().catch(() => undefined);
    return true;
  }

  /** At the end of a segment it is known how many lines the frames had that were passed over. */
  #countPassedOver(segment: Segment): void {
    const lostCount = segment.isRead ? segment.giveUpRest() : 0;
    if (lostCount > 0) this.#counts.drop('', 'spool_broken', lostCount);
  }

  /** Moves a segment to where nobody deletes it. @returns how many lines it had that were not read */
  #setAside(segment: Segment, error: unknown): number {
    const lineCount = segment.giveUpRest();
    segment.isGone = true;
    segment.close();
    try {
      this.#folder.moveAside(segment.path, segment.name, false);
    } catch {
      // The disk gives nothing any more; it is counted all the same.
    }
    this.tell('broken', lineCount, error);
    return lineCount;
  }

  /**
   * Counts the lines of a segment that has to go, by series, and deletes it.
   *
   * @param onDropped - told of lines that are counted
   */
  async dropFrames(segment: Segment, onDropped: (lineCount: number) => void): Promise<void> {
    try {
      while (!segment.isRead) {
        for (const frame of await segment.peek(ONE_BATCH)) {
          const { bytes, lineCount } = await decodeFrame(frame.bytes, frame.header);
          segment.advance(frame);
          onDropped(lineCount);
          this.#counts.dropLines(bytes, 'spool_full');
        }
      }
      await segment.remove();
    } catch (error) {
      this.#setAside(segment, error);
    }
  }

  tell(change: 'broken' | 'full' | 'unwritable', count: number, reason: unknown): void {
    this.#events.emit({ kind: 'spool', change, count, reason: reasonOf(reason) });
  }
}
