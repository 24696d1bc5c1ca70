import { Backlog } from '../queue/backlog.ts';
import { NOTHING_HELD_BACK, type HeldBack } from '../queue/held-back.ts';
import { DeadLetters } from './dead-letters.ts';
import type { DeliveryEventKind, EventOf } from '../ledger/delivery-event.ts';
import { DeliveryEvents } from '../ledger/events.ts';
import type { Health } from '../ledger/health.ts';
import { Upkeep, UPKEEP_INTERVAL_MS } from '../queue/upkeep.ts';
import { Spill } from '../queue/spill.ts';
import { resolveDeliveryOptions, type DeliveryOptions, type ResolvedDeliveryOptions } from './delivery-options.ts';
import type { Wire } from '../batch/outcome.ts';
import { joinProcessEnd, leaveProcessEnd } from './process-end.ts';
import { Sender } from './sender.ts';
import { Shutdown, type StopOptions, type StopResult } from './shutdown.ts';
import { createSpool } from './create-spool.ts';
import type { Spool } from '../spool/spool.ts';
import { DeliveryCounts } from '../ledger/counts.ts';
import type { DeliveryStats } from '../ledger/stats.ts';
import type { LogCode } from '../ledger/log-line.ts';
import type { Situation } from '../ledger/situation.ts';

/** How long `stop()` tries where it is not told, in milliseconds. */
export const DEFAULT_STOP_TIMEOUT_MS = 5000;

/** Takes lines and gets them to a database: buffer, spool, some requests at once, retries for ever. */
export class Delivery {
  readonly counts: DeliveryCounts;
  readonly options: ResolvedDeliveryOptions;
  readonly #events: DeliveryEvents;
  readonly #heldBack: HeldBack;
  readonly #backlog: Backlog;
  readonly #sender: Sender;
  readonly #spool: Spool | undefined;
  readonly #spill: Spill | undefined;
  readonly #upkeep: Upkeep;
  readonly #shutdown: Shutdown;
  readonly #isWal: boolean;
  readonly #waiters = new Set<() => void>();
  #isStopped = false;
  #stopping: Promise<StopResult> | undefined;

  /**
   * @param heldBack - what gives points for more events when all is to be sent
   * @throws MonitoringError as `resolveDeliveryOptions` does; never for the state of a disk or a database
   */
  constructor(wire: Wire, options: DeliveryOptions = {}, heldBack: HeldBack = NOTHING_HELD_BACK) {
    this.#heldBack = heldBack;
    this.options = resolveDeliveryOptions(options);
    const { deadLetterFolder, durability, maxDeadLetterBytes, maxMemoryBytes } = this.options;
    this.#events = new DeliveryEvents({ ...this.options, readSituation: () => this.#situation() });
    this.#events.target = wire.target;
    this.counts = new DeliveryCounts(this.#events);
    this.#isWal = durability === 'wal' || durability === 'wal+fsync';
    this.#spool = createSpool(this.options, this.counts, this.#events);
    this.#backlog = new Backlog(maxMemoryBytes, this.#spool);
    if (this.#spool !== undefined) this.#spill = new Spill(this.#backlog, this.#spool, this.#events);
    const letters = { folder: deadLetterFolder, maxBytes: maxDeadLetterBytes };
    this.#sender = new Sender(wire, {
      backlog: this.#backlog,
      counts: this.counts,
      deadLetters: new DeadLetters(letters, this.counts, this.#events),
      events: this.#events,
      options: this.options,
      isMemorySent: () => !this.#isWal || this.#spill?.isFailing === true,
      onProgress: () => {
        for (const check of this.#waiters) check();
      },
    });
    this.#upkeep = new Upkeep({
      backlog: this.#backlog,
      counts: this.counts,
      heldBack,
      isWal: this.#isWal,
      spill: this.#spill,
      maxMemoryBytes,
      isDatabaseSlow: () => this.#sender.retry.failures > 0 || this.#sender.requestAgeMs >= UPKEEP_INTERVAL_MS,
      onAdopted: () => void this.#sender.send(),
      spool: this.#spool,
    });
    this.#upkeep.start();
    this.#shutdown = this.#createShutdown();
    joinProcessEnd(this.#shutdown);
  }

  /**
   * Calls a listener at each event of a kind; what it throws is ignored.
   *
   * @returns a function that takes the listener away again
   */
  on<Kind extends DeliveryEventKind>(kind: Kind, listener: (event: EventOf<Kind>) => void): () => void {
    return this.#events.on(kind, listener);
  }

  /** Sends what comes from now on another way. Requests under way end as they began. */
  redirect(wire: Wire): void {
    this.#events.target = wire.target;
    this.#sender.redirect(wire);
    this.#events.health.reset();
  }

  /** How delivery does, why, and since when. */
  health(): Health {
    return this.#events.health.read();
  }

  /** Warns in the log of what is no event of points. */
  warn(code: LogCode, text: string): void {
    this.#events.warn(code, text);
  }

  /** How often a listener or the logger of the user's threw or rejected. */
  get failedCallbackCount(): number {
    return this.#events.failedCallbackCount;
  }

  /** Tells that new values of a tag become `other`, and from how many on. */
  tellOverflow(tag: string, maxTagValues: number, limit: 'values' | 'memory' | 'keys'): void {
    this.#events.emit({ kind: 'overflow', tag, maxTagValues, limit });
  }

  /** True once nothing more is taken. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Counts an event that went into a period's point. */
  recordFolded(): void {
    this.counts.recorded += 1;
    this.counts.folded += 1;
  }

  /** Counts a point that has no line. */
  recordUnstorable(series: string): void {
    this.counts.recorded += 1;
    this.counts.drop(series, 'unstorable');
  }

  record(line: string, series: string): void {
    this.counts.recorded += 1;
    if (this.#isStopped) {
      this.counts.drop(series, 'stopped');
      return;
    }
    if (this.#backlog.append(line)) this.#advance();
  }

  /** Sends what is pending unless something is under way or the time to wait is not over. */
  tick(): void {
    if (this.#isStopped) return;
    this.counts.noteRate();
    // While something waits already the open block goes on growing: larger batches, fewer requests.
    if (this.#isWal || !this.#backlog.hasSealed) this.#advance();
    else void this.#sender.send();
  }

  /** Sends all that is pending. It resolves when that is done or the database did not take it; it never rejects. */
  async flush(): Promise<void> {
    if (this.#heldBack.openEventCount > 0) await this.#heldBack.endBySlices();
    const target = this.counts.settled + this.#backlog.lineCount;
    while (this.counts.settled < target && !this.#isStopped) {
      const { settled, retries } = this.counts;
      this.#backlog.seal();
      if (this.#isWal) await this.#spill?.keep();
      const wasRunning = this.#sender.isRunning;
      await this.#sendUntil(target);
      const isStuck = this.counts.settled === settled && !wasRunning;
      if (isStuck || this.counts.retries > retries) return;
    }
  }

  /**
   * Ends delivery: sends what is pending within the time given, then leaves the rest to the spool. Stopping again gives
   * the same promise. It never rejects.
   */
  stop(options?: StopOptions): Promise<StopResult> {
    this.#stopping ??= this.#shutdown.stop(options).finally(() => {
      leaveProcessEnd(this.#shutdown);
    });
    return this.#stopping;
  }

  /** The lines that are pending in memory, for a look at them. */
  pendingText(): string {
    return this.#backlog.textInMemory();
  }

  stats(): DeliveryStats {
    return {
      ...this.counts.figures(),
      ...this.#backlog.figures(),
      openPeriods: this.#heldBack.openEventCount,
      lastSuccessAt: this.#sender.lastSuccessAt,
      lastError: this.#sender.lastError,
    };
  }

  #situation(): Situation {
    const { maxMemoryBytes, maxSpoolBytes } = this.options;
    return {
      ...this.stats(),
      bytesPerPoint: this.#backlog.bytesPerLine,
      maxMemoryBytes,
      maxSpoolBytes: this.#spool === undefined ? 0 : maxSpoolBytes,
      pointsPerSecond: this.counts.recordedPerSecond,
    };
  }

  /** Seals, keeps memory within its bound, and sends. */
  #advance(): void {
    this.#backlog.seal();
    this.#upkeep.boundMemory();
    if (!this.#isWal || this.#spill?.isRunning === true) void this.#sender.send();
    // What is in the spool already does not wait for what is on its way there.
    if (this.#isWal) void this.#spill?.keep().then(() => this.#sender.send());
  }

  #createShutdown(): Shutdown {
    return new Shutdown({
      backlog: this.#backlog,
      counts: this.counts,
      events: this.#events,
      flush: () => this.flush(),
      heldBack: this.#heldBack,
      onStopped: () => {
        this.#heldBack.endPeriod();
        this.#isStopped = true;
        this.#events.health.stop();
      },
      options: this.options,
      sender: this.#sender,
      spill: this.#spill,
      spool: this.#spool,
      upkeep: this.#upkeep,
    });
  }

  async #sendUntil(target: number): Promise<void> {
    let check: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => {
      check = () => {
        if (this.counts.settled >= target) resolve();
      };
    });
    this.#waiters.add(check);
    await Promise.race([this.#sender.send(true), reached]);
    this.#waiters.delete(check);
  }
}
