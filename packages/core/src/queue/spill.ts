import type { Backlog } from './backlog.ts';
import type { DeliveryEvents } from '../ledger/events.ts';
import { reasonOf } from '../process/error-text.ts';
import { runOutsideContext } from '../process/outside-context.ts';
import type { PendingBatch } from '../spool/pending-batch.ts';
import { encodeFrame, encodeFrameSync } from '../spool/segment/frame.ts';
import type { Spool } from '../spool/spool.ts';

/** After a failure the spool is left alone for this long, in milliseconds. */
export const SPOOL_RETRY_MS = 5000;

/** Moves what is in memory to the spool, oldest first. */
export class Spill {
  readonly #backlog: Backlog;
  readonly #spool: Spool;
  readonly #events: DeliveryEvents;
  #running: Promise<void> | undefined;
  #failedAtMs: number | undefined;

  constructor(backlog: Backlog, spool: Spool, events: DeliveryEvents) {
    this.#backlog = backlog;
    this.#spool = spool;
    this.#events = events;
  }

  /** True while the spool cannot be written. */
  get isFailing(): boolean {
    return this.#failedAtMs !== undefined;
  }

  /** True while blocks are being moved: where the event loop is busy that may go on and on. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Moves all but the open block. It resolves when that is done or the spool cannot be written; it never rejects. */
  keep(): Promise<void> {
    this.#running ??= runOutsideContext(() => this.#run());
    return this.#running;
  }

  /** Moves all but the open block now, compressing on this thread. @returns false where the spool cannot be written */
  keepSync(): boolean {
    for (let next = this.#backlog.oldestInMemory; next !== undefined; next = this.#backlog.oldestInMemory) {
      if (!this.#keepOneSync(next)) return false;
    }
    return true;
  }

  /** Moves the oldest of memory now. @returns false where there is nothing to move, or no way */
  keepOldestSync(): boolean {
    const { oldestInMemory } = this.#backlog;
    return oldestInMemory !== undefined && !this.#isResting() && this.#keepOneSync(oldestInMemory);
  }

  /**
   * Puts what is left of each batch into the spool as a batch of its own where the spool also has what came to its end:
   * whoever adopts it would send and count that once more. It never rejects.
   */
  async keepRests(): Promise<void> {
    for (let next = this.#backlog.partlySettled; next !== undefined; next = this.#backlog.partlySettled) {
      if (!(await this.#keepRest(next))) return;
    }
  }

  /** @returns false where the spool has no room, or cannot be written */
  async #keepRest(batch: PendingBatch): Promise<boolean> {
    try {
      if (batch.lineCount > 0) {
        const frame = encodeFrameSync(batch.contents(), batch.recordedAtMs);
        // A segment that has to go for it would cost points; sending some twice costs nothing.
        if (!this.#spool.hasRoom(frame.length)) return false;
        this.#spool.append(frame, batch, false);
      }
    } catch (error) {
      this.#fail(error);
      return false;
    }
    await this.#backlog.settle(batch);
    return true;
  }

  async #run(): Promise<void> {
    let count = 0;
    try {
      // It must not end before `keep` has noted that it runs.
      await Promise.resolve();
      if (this.#isResting()) return;
      for (let next = this.#backlog.oldestInMemory; next !== undefined; next = this.#backlog.oldestInMemory) {
        count += await this.#keepOne(next);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#running = undefined;
      if (count > 0) this.#events.emit({ kind: 'spool', change: 'spilled', count, reason: '' });
    }
  }

  /** @returns how many lines are in the spool now; 0 where they went another way meanwhile */
  async #keepOne(batch: PendingBatch): Promise<number> {
    const { version, recordedAtMs } = batch;
    const isUnchanged = (): boolean => this.#backlog.oldestInMemory === batch && batch.version === version;
    const frame = await encodeFrame(batch.contents(), recordedAtMs);
    if (!isUnchanged()) return 0;
    await this.#spool.makeRoom(frame.length);
    if (!isUnchanged()) return 0;
    this.#append(batch, frame);
    // Not waited for: what comes next would be in memory for as long as the disk takes.
    this.#spool.sync();
    return batch.lineCount;
  }

  #keepOneSync(batch: PendingBatch): boolean {
    try {
      this.#append(batch, encodeFrameSync(batch.contents(), batch.recordedAtMs));
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #append(batch: PendingBatch, frame: Buffer): void {
    const place = this.#spool.append(frame, batch, this.#backlog.isTaken(batch));
    this.#backlog.moveToSpool(batch, place);
    if (this.isFailing) this.#events.emit({ kind: 'spool', change: 'writable', count: 0, reason: '' });
    this.#failedAtMs = undefined;
  }

  #isResting(): boolean {
    return this.#failedAtMs !== undefined && performance.now() - this.#failedAtMs < SPOOL_RETRY_MS;
  }

  #fail(error: unknown): void {
    this.#failedAtMs = performance.now();
    const count = this.#backlog.memoryLineCount;
    this.#events.emit({ kind: 'spool', change: 'unwritable', count, reason: reasonOf(error) });
  }
}
