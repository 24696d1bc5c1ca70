import type { Backlog } from '../queue/backlog.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { DeliveryEvents } from '../ledger/events.ts';
import { reasonOf } from '../process/error-text.ts';
import { runOutsideContext } from '../process/outside-context.ts';
import { safeText } from '../process/outside-text.ts';
import type { Lines } from '../batch/lines.ts';
import type { RetryOutcome, Wire } from '../batch/outcome.ts';
import type { ResolvedDeliveryOptions } from './delivery-options.ts';
import { PendingBatch } from '../spool/pending-batch.ts';
import { NextAttempt } from './next-attempt.ts';
import { Dispatch } from './requests/dispatch.ts';
import { RetryPolicy } from './retry.ts';
import type { DeliveryCounts } from '../ledger/counts.ts';
import { SetAside } from './requests/set-aside.ts';
import { Settlement } from './requests/settlement.ts';
import { Suspicion } from './suspicion.ts';

/** What a sender works with. */
export interface SenderParts {
  readonly backlog: Backlog;
  readonly counts: DeliveryCounts;
  readonly deadLetters: DeadLetters;
  readonly events: DeliveryEvents;
  readonly options: ResolvedDeliveryOptions;
  /** Whether lines may be sent that are in memory alone. */
  readonly isMemorySent: () => boolean;
  /** Called whenever points came to their end. */
  readonly onProgress: () => void;
}

/**
 * Sends the backlog, oldest first, for as long as it takes: some requests at once while the database takes all it gets, and
 * one after any failure. The answers are looked at in the order of the batches.
 */
export class Sender {
  readonly retry: RetryPolicy;
  readonly #parts: SenderParts;
  readonly #dispatch: Dispatch;
  readonly #setAside: SetAside;
  readonly #settlement: Settlement;
  readonly #suspicion: Suspicion;
  readonly #next = new NextAttempt(() => void this.#sendNow());
  #running: Promise<void> | undefined;
  #hintingWire: Wire | undefined;
  /** True where something may wait that a look at the backlog did not see. */
  #isAsked = false;
  #isClosed = false;
  #lastError: string | undefined;

  constructor(wire: Wire, parts: SenderParts) {
    this.#parts = parts;
    this.retry = new RetryPolicy(parts.options);
    this.#setAside = new SetAside({ ...parts, onTurn: () => void this.send() });
    this.#dispatch = new Dispatch(wire, { ...parts, setAside: this.#setAside });
    this.#settlement = new Settlement({ ...parts, pace: this.#dispatch.pace, setAside: this.#setAside });
    this.#suspicion = new Suspicion(parts.options.poisonAfterMs);
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** How long the oldest request under way has lasted, in milliseconds; 0 where there is none. */
  get requestAgeMs(): number {
    return this.#dispatch.requestAgeMs;
  }

  /** When a batch was last delivered, in seconds since the epoch. */
  get lastSuccessAt(): number | undefined {
    return this.#settlement.lastSuccessAt;
  }

  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** Sends what comes from now on another way. Requests under way end as they began. */
  redirect(wire: Wire): void {
    this.#dispatch.redirect(wire);
    this.#settlement.forgetCanary();
    this.takeUpSetAside();
    this.#suspicion.clear();
    this.retry.reset();
    void this.send();
  }

  /**
   * Sends all that waits but the open block, beside what is under way. It resolves when nothing is left or an attempt
   * failed; it never rejects.
   *
   * @param isUrgent - true not to wait for the next attempt, unless the database demanded it
   */
  send(isUrgent = false): Promise<void> {
    const waitMs = isUrgent ? this.retry.demandedWaitMs : this.retry.waitMs;
    if (this.#running === undefined && waitMs > 0) return Promise.resolve();
    this.#isAsked = true;
    if (this.#running !== undefined) this.#dispatch.goAhead();
    return this.#sendNow();
  }

  /** What is set aside is sent in its turn again: nothing is to wait for it any more. */
  takeUpSetAside(): void {
    this.#setAside.takeUpAll();
  }

  /** Ends the requests under way. */
  abort(reason: string): void {
    this.#dispatch.abort(reason);
  }

  /** Sends nothing more. It resolves when the requests under way have come to their end; it never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#next.cancel();
    this.#setAside.close();
    this.#dispatch.close();
    await this.#running;
  }

  #sendNow(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#running ??= runOutsideContext(() => this.#run());
    return this.#running;
  }

  async #run(): Promise<void> {
    this.#next.cancel();
    try {
      // It must not end before `#sendNow` has noted that it runs.
      await Promise.resolve();
      for (let isTaken = true; isTaken && !this.#isClosed;) {
        this.#isAsked = false;
        const head = await this.#dispatch.next();
        if (head === undefined) isTaken = this.#isAsked;
        else isTaken = await this.#sendHead(head);
      }
    } catch (error) {
      this.#fail({ kind: 'retry', reason: reasonOf(error) });
    } finally {
      // From the last look at the backlog on nothing is waited for where nothing is under way.
      if (this.#dispatch.requestCount > 0) await this.#gather();
      this.#running = undefined;
    }
  }

  async #sendHead(head: PendingBatch): Promise<boolean> {
    const isTaken = await this.#sendPiece(head);
    await this.#end(head);
    this.#parts.onProgress();
    return isTaken;
  }

  async #end(batch: PendingBatch): Promise<void> {
    const { backlog } = this.#parts;
    if (batch.lineCount === 0 && backlog.isTaken(batch)) await backlog.settle(batch);
  }

  /** @returns false where it is to be tried again later */
  async #sendPiece(head: PendingBatch): Promise<boolean> {
    if (head.piece === undefined) return true;
    const { isOverdue, lines, outcome, tookMs } = await this.#dispatch.answerTo(head, head.piece);
    if (outcome.kind === 'delivered') this.#dispatch.pace.noteDelivered(lines.lineCount, tookMs);
    else {
      this.#dispatch.pace.noteTrouble();
      this.#tellHint();
      await this.#gather();
    }
    // The end of the process may have taken it away meanwhile.
    if (!this.#parts.backlog.isTaken(head)) return false;
    if (outcome.kind !== 'retry') {
      this.#recover();
      this.#settlement.settle(head, lines, outcome);
      return true;
    }
    const isSuspect = this.#suspicion.noteFailure(head) && outcome.needsOperator !== true;
    if (isSuspect && (await this.#takesOthers()) && this.#isToBlame(lines)) {
      this.#parts.counts.retries += 1;
      this.#settlement.narrowDown(head, outcome.reason);
      return true;
    }
    if (isOverdue) this.#settlement.shorten(head);
    this.#fail(outcome);
    return false;
  }

  /** Once for each database. */
  #tellHint(): void {
    const { wire } = this.#dispatch;
    if (wire.hint === undefined || this.#hintingWire === wire) return;
    this.#hintingWire = wire;
    this.#parts.events.warn('MON_VERSION', wire.hint);
  }

  /** Waits for all requests. What they came to is settled; what failed waits for its turn. */
  async #gather(): Promise<void> {
    for await (const [batch, { isOverdue, lines, outcome }] of this.#dispatch.answersAhead()) {
      if (!this.#parts.backlog.isTaken(batch)) continue;
      if (isOverdue) this.#settlement.shorten(batch);
      if (outcome.kind === 'retry') this.#parts.counts.retries += 1;
      else this.#settlement.settle(batch, lines, outcome);
      await this.#end(batch);
    }
  }

  /**
   * Whether the database takes a line at all: the last one that it took, which changes nothing there, or another that
   * waits.
   */
  async #takesOthers(): Promise<boolean> {
    const other = this.#parts.backlog.otherLine();
    const waiting = other === undefined ? undefined : { bytes: Buffer.from(other), lineCount: 1 };
    const canary = this.#settlement.canary ?? waiting;
    if (canary === undefined) return false;
    const { outcome } = await this.#dispatch.answerTo(new PendingBatch(canary, Date.now()), canary);
    return outcome.kind !== 'retry';
  }

  #isToBlame(piece: Lines): boolean {
    return piece.lineCount > 1 || this.#suspicion.noteLineFailure(piece);
  }

  #recover(): void {
    const { failures } = this.retry;
    this.#lastError = undefined;
    this.retry.reset();
    if (failures > 0) this.#parts.events.emit({ kind: 'recovered', failures });
  }

  #fail(outcome: RetryOutcome): void {
    this.#parts.counts.retries += 1;
    if (this.#isClosed) return;
    const delayMs = this.retry.fail(outcome);
    const reason = safeText(outcome.reason);
    this.#lastError = reason;
    this.#next.plan(delayMs, outcome.isUnreachable === true ? this.#dispatch.wire : undefined);
    this.#parts.events.emit({
      kind: 'retry',
      reason,
      delayMs,
      failures: this.retry.failures,
      needsOperator: outcome.needsOperator === true,
    });
  }
}
