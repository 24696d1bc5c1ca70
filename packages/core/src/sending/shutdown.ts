import type { DeliveryCounts } from '../ledger/counts.ts';
import type { DeliveryEvents } from '../ledger/events.ts';
import { endsWithin } from '../process/deadline.ts';
import type { Backlog } from '../queue/backlog.ts';
import type { HeldBack } from '../queue/held-back.ts';
import type { Spill } from '../queue/spill.ts';
import type { Upkeep } from '../queue/upkeep.ts';
import type { Spool } from '../spool/spool.ts';
import type { ResolvedDeliveryOptions } from './delivery-options.ts';
import type { Ending } from './process-end.ts';
import type { Sender } from './sender.ts';

/**
 * How to end.
 *
 * @category Delivery
 */
export interface StopOptions {
  /** Ends trying before `timeoutMs`; of several calls the first one's counts. */
  readonly signal?: AbortSignal | undefined;
  /** How long to try, in milliseconds. @defaultValue 5,000 */
  readonly timeoutMs?: number | undefined;
}

/**
 * What `stop()` came to, in points.
 *
 * @category Delivery
 */
export interface StopResult {
  /** Delivered while it was stopping. */
  readonly delivered: number;
  /**
   * Left on disk: what the next process that uses the folder adopts. Where the disk is full that is the whole of a batch
   * of which some was delivered; sending that again changes nothing.
   */
  readonly spooled: number;
  /** Gone, since the database did not take them in time and there is no disk for them. */
  readonly lost: number;
}

/** What a shutdown works with. */
export interface ShutdownParts {
  readonly backlog: Backlog;
  readonly counts: DeliveryCounts;
  readonly events: DeliveryEvents;
  readonly heldBack: HeldBack;
  /** Sends all that is pending, once. It never rejects. */
  readonly flush: () => Promise<void>;
  /** Called when nothing more is taken. */
  readonly onStopped: () => void;
  readonly options: ResolvedDeliveryOptions;
  readonly sender: Sender;
  readonly spill: Spill | undefined;
  readonly spool: Spool | undefined;
  readonly upkeep: Upkeep;
}

/** How long `stop()` tries where it is not told, in milliseconds. */
const DEFAULT_STOP_TIMEOUT_MS = 5000;

/** How long the disk may take to end what is under way, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1000;

/** So many times in a row the end of the process is put off for what was recorded meanwhile. */
const MAX_ROUNDS = 3;

/** Rounds that are no further apart than this are in a row, in milliseconds. */
const ROUND_INTERVAL_MS = 1000;

/** Sees to it that as little as can be is lost when delivery is stopped, or the process ends without that. */
export class Shutdown implements Ending {
  readonly options: ResolvedDeliveryOptions;
  readonly #parts: ShutdownParts;
  /** How many points were recorded when the end of the process was last prepared. */
  #preparedCount = 0;
  #isPreparing = false;
  #roundCount = 0;
  #lastRoundMs = -Infinity;
  #isStopped = false;

  constructor(parts: ShutdownParts) {
    this.#parts = parts;
    this.options = parts.options;
  }

  /** Sends what is pending within the time given, then leaves the rest to the spool. It never rejects. */
  async stop({ signal, timeoutMs = DEFAULT_STOP_TIMEOUT_MS }: StopOptions = {}): Promise<StopResult> {
    const { backlog, counts, events, onStopped, sender, spill, spool, upkeep } = this.#parts;
    const deliveredBefore = counts.delivered;
    const isSpoolEnough = (): boolean => spill?.isFailing === false;
    await endsWithin(timeoutMs, this.#drain(performance.now() + timeoutMs, isSpoolEnough), signal);
    this.#isStopped = true;
    onStopped();
    upkeep.stop();
    // An answer that comes late is counted before the rest is; where the disk hangs, nothing more is waited for.
    await endsWithin(CLOSE_TIMEOUT_MS, sender.close());
    backlog.seal();
    spill?.keepSync();
    if (spill !== undefined) await endsWithin(CLOSE_TIMEOUT_MS, spill.keepRests());
    let lost = 0;
    for (let next = this.#dropOldest(); next > 0; next = this.#dropOldest()) lost += next;
    if (spool !== undefined && !(await endsWithin(CLOSE_TIMEOUT_MS, spool.close()))) spool.closeSync();
    events.end(counts);
    return { delivered: counts.delivered - deliveredBefore, spooled: backlog.adoptableLineCount, lost };
  }

  /**
   * Whether points are pending that were recorded since the end was last prepared. Whoever records a point each time that
   * the end comes must not keep the process for ever.
   */
  get isDue(): boolean {
    const { backlog, counts, heldBack } = this.#parts;
    const isAnythingPending = backlog.lineCount > 0 || heldBack.openEventCount > 0;
    if (this.#isStopped || this.#isPreparing || !isAnythingPending) return false;
    const isInRow = performance.now() - this.#lastRoundMs <= ROUND_INTERVAL_MS;
    return counts.recorded + counts.adopted > this.#preparedCount && !(isInRow && this.#roundCount >= MAX_ROUNDS);
  }

  /**
   * Sends what is pending, tries that again for as long as `exitTimeoutMs` says, and then gives up the request under way.
   * It never rejects.
   */
  async prepareEnd(): Promise<void> {
    const { counts, options, sender } = this.#parts;
    if (performance.now() - this.#lastRoundMs > ROUND_INTERVAL_MS) this.#roundCount = 0;
    this.#roundCount += 1;
    this.#isPreparing = true;
    const drained = this.#drain(performance.now() + options.exitTimeoutMs, () => false);
    if (!(await endsWithin(options.exitTimeoutMs, drained))) sender.abort('the process ends');
    this.#isPreparing = false;
    this.#preparedCount = counts.recorded + counts.adopted;
    this.#lastRoundMs = performance.now();
  }

  /** Writes what is in memory to the spool, now, if there is one. */
  saveSync(): void {
    if (this.#isStopped) return;
    this.#parts.heldBack.endPeriod();
    this.#parts.backlog.seal();
    this.#parts.spill?.keepSync();
    // A signal ends the process without `exit`.
    this.#parts.spool?.leaveIfEmpty();
  }

  /** Leaves the spool to others, now: the process ends. */
  leaveSync(): void {
    if (this.#isStopped) return;
    this.#parts.spool?.closeSync();
    this.#parts.events.end(this.#parts.counts);
  }

  /** Sends until nothing is pending or the time is over; a failure is tried again unless the spool is enough. */
  async #drain(deadlineMs: number, isSpoolEnough: () => boolean): Promise<void> {
    const { backlog, flush, options, sender, spill } = this.#parts;
    for (;;) {
      sender.takeUpSetAside();
      await flush();
      if (backlog.lineCount === 0 || this.#isStopped || isSpoolEnough()) return;
      // What ends the process may not wait for the rest of its time.
      void spill?.keep();
      const waitMs = Math.max(options.minRetryDelayMs, sender.retry.demandedWaitMs);
      if (performance.now() + waitMs >= deadlineMs) return;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  #dropOldest(): number {
    const { backlog, counts } = this.#parts;
    const batch = backlog.dropOldestTaken() ?? backlog.dropOldestSealed();
    if (batch === undefined) return 0;
    counts.dropLines(batch.contents().bytes, 'stopped');
    return batch.lineCount;
  }
}
