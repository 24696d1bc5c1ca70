import type { Backlog } from './backlog.ts';
import type { HeldBack } from './held-back.ts';
import type { Spill } from './spill.ts';
import { runOutsideContext } from '../process/outside-context.ts';
import { Scheduler } from '../process/scheduler.ts';
import type { Spool } from '../spool/spool.ts';
import type { DeliveryCounts } from '../ledger/counts.ts';

/** How often memory is looked after where there is a spool, in milliseconds: with `wal` at most 250 ms are at risk. */
export const UPKEEP_INTERVAL_MS = 200;

/** How often dead processes' folders are looked for, in milliseconds. */
export const ADOPTION_INTERVAL_MS = 60_000;

/** What upkeep works with. */
export interface UpkeepParts {
  readonly backlog: Backlog;
  readonly counts: DeliveryCounts;
  readonly heldBack: HeldBack;
  /** True where lines go to the spool before they are sent. */
  readonly isWal: boolean;
  readonly spill: Spill | undefined;
  readonly maxMemoryBytes: number;
  /** True while the database is away, or slow to answer. */
  readonly isDatabaseSlow: () => boolean;
  /** Called when points of dead processes were taken over. */
  readonly onAdopted: () => void;
  readonly spool: Spool | undefined;
}

/** Looks after where points wait: memory within its bound, the spool in time, and what dead processes left. */
export class Upkeep {
  readonly #parts: UpkeepParts;
  readonly #timer: Scheduler;
  #adoptedAtMs = -Infinity;
  #isStopped = false;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
    this.#timer = new Scheduler(() => {
      this.#tick();
    }, UPKEEP_INTERVAL_MS);
  }

  /** Begins, where there is a spool; memory alone is bounded as points come. */
  start(): void {
    if (this.#parts.spool === undefined) return;
    this.#timer.start();
    // Not now: whoever makes a delivery is to hear of what it finds.
    runOutsideContext(() => {
      setImmediate(() => {
        this.#tick();
      }).unref();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer.stop();
  }

  /** Moves the oldest of memory to the spool, or drops it, until the bound holds. */
  boundMemory(): void {
    const { backlog, counts, heldBack, spill, maxMemoryBytes } = this.#parts;
    const maxBytes = maxMemoryBytes - backlog.nextBlockBytes - heldBack.byteLength;
    while (backlog.memoryBytes > maxBytes) {
      // Waiting for another thread to compress it is over; this costs 2 ms, dropping it would cost the points.
      if (spill?.keepOldestSync() === true) continue;
      const oldest = backlog.dropOldestSealed();
      if (oldest === undefined) return;
      counts.dropLines(oldest.contents().bytes, 'memory_full');
    }
  }

  #tick(): void {
    if (this.#isStopped) return;
    const { backlog, isWal, onAdopted, spill, spool } = this.#parts;
    const nowMs = performance.now();
    void spool?.beat();
    if (nowMs - this.#adoptedAtMs >= ADOPTION_INTERVAL_MS) {
      this.#adoptedAtMs = nowMs;
      spool?.adopt().then(onAdopted, () => undefined);
    }
    if (!isWal && !this.#isOverflowing()) return;
    // A busy event loop moves one block in a few turns: what comes meanwhile is one block, however many turns it takes.
    if (spill?.isRunning !== true) backlog.seal();
    this.boundMemory();
    void spill?.keep();
  }

  /** Memory is no place to wait: the database is away or slow, older points are on disk, or memory is half full. */
  #isOverflowing(): boolean {
    const { backlog, isDatabaseSlow, maxMemoryBytes } = this.#parts;
    return isDatabaseSlow() || backlog.isSpoolInTurn || backlog.memoryBytes > maxMemoryBytes / 2;
  }
}
