import { Attempt } from './attempt.ts';
import type { Backlog } from '../queue/backlog.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { DeliveryEvents } from '../ledger/events.ts';
import { reasonOf } from '../process/error-text.ts';
import { runOutsideContext } from '../process/outside-context.ts';
import { safeText } from '../process/outside-text.ts';
import { LINE_END, type Lines } from '../batch/lines.ts';
import type { Outcome, RetryOutcome, Wire } from '../batch/outcome.ts';
import type { ResolvedDeliveryOptions } from './delivery-options.ts';
import type { PendingBatch } from '../spool/pending-batch.ts';
import { NextAttempt } from './next-attempt.ts';
import { RequestSize } from './request-size.ts';
import { RetryPolicy } from './retry.ts';
import type { DeliveryCounts } from '../ledger/counts.ts';
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

type Answer = Exclude<Outcome, RetryOutcome>;

/** A longer line is not kept to see whether the database takes it again. */
const MAX_CANARY_BYTES = 2048;

/** Sends the backlog, oldest first, one request at a time, for as long as it takes; larger ones where an answer takes long. */
export class Sender {
  readonly retry: RetryPolicy;
  readonly #parts: SenderParts;
  readonly #size: RequestSize;
  readonly #suspicion: Suspicion;
  readonly #next = new NextAttempt(() => void this.#sendNow());
  #wire: Wire;
  #attempt: Attempt | undefined;
  #running: Promise<void> | undefined;
  #canary: Lines | undefined;
  #isClosed = false;
  #lastSuccessAt: number | undefined;
  #lastError: string | undefined;

  constructor(wire: Wire, parts: SenderParts) {
    this.#wire = wire;
    this.#parts = parts;
    this.retry = new RetryPolicy(parts.options);
    this.#size = new RequestSize(parts.options.maxMemoryBytes);
    this.#suspicion = new Suspicion(parts.options.poisonAfterMs);
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** How long the request under way has lasted, in milliseconds; 0 where there is none. */
  get requestAgeMs(): number {
    return this.#attempt === undefined ? 0 : performance.now() - this.#attempt.startedAtMs;
  }

  /** When a batch was last delivered, in seconds since the epoch. */
  get lastSuccessAt(): number | undefined {
    return this.#lastSuccessAt;
  }

  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** Sends what comes from now on another way. A request under way ends as it began. */
  redirect(wire: Wire): void {
    this.#wire = wire;
    // The line was delivered to the earlier database; the next one shall not get it.
    this.#canary = undefined;
    this.#suspicion.clear();
    this.#size.reset();
    this.retry.reset();
    void this.send();
  }

  /**
   * Sends all that waits but the open block, unless that is under way. It resolves when nothing is left or an attempt
   * failed; it never rejects.
   *
   * @param isUrgent - true not to wait for the next attempt, unless the database demanded it
   */
  send(isUrgent = false): Promise<void> {
    const waitMs = isUrgent ? this.retry.demandedWaitMs : this.retry.waitMs;
    if (this.#running === undefined && waitMs > 0) return Promise.resolve();
    return this.#sendNow();
  }

  /** Ends the request under way, if any. */
  abort(reason: string): void {
    this.#attempt?.abort(reason);
  }

  /** Sends nothing more. It resolves when the request under way has come to its end; it never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#next.cancel();
    this.abort('stopped');
    await this.#running;
  }

  #sendNow(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#running ??= runOutsideContext(() => this.#run());
    return this.#running;
  }

  async #run(): Promise<void> {
    this.#next.cancel();
    const { backlog, isMemorySent, onProgress } = this.#parts;
    try {
      // It must not end before `#sendNow` has noted that it runs.
      await Promise.resolve();
      for (let isTaken = true; isTaken && !this.#isClosed;) {
        const head = await backlog.takeHead(isMemorySent(), this.#size.bounds);
        if (head === undefined) break;
        isTaken = await this.#sendPiece(head);
        if (head.lineCount === 0 && backlog.isHead(head)) await backlog.settleHead();
        onProgress();
      }
    } catch (error) {
      this.#fail({ kind: 'retry', reason: reasonOf(error) });
    } finally {
      this.#running = undefined;
    }
  }

  /** @returns false where it is to be tried again later */
  async #sendPiece(head: PendingBatch): Promise<boolean> {
    const { piece } = head;
    if (piece === undefined) return true;
    const startedAtMs = performance.now();
    const outcome = await this.#try(piece);
    if (outcome.kind === 'delivered') this.#size.noteDelivered(performance.now() - startedAtMs);
    else this.#size.noteTrouble();
    // The end of the process may have taken it away meanwhile.
    if (!this.#parts.backlog.isHead(head)) return false;
    if (outcome.kind !== 'retry') {
      this.#recover();
      this.#settle(head, piece, outcome);
      return true;
    }
    const isSuspect = this.#suspicion.noteFailure(head) && outcome.needsOperator !== true;
    if (isSuspect && (await this.#takesOthers()) && this.#isToBlame(piece)) {
      this.#parts.counts.retries += 1;
      this.#narrowDown(head, outcome.reason);
      return true;
    }
    this.#fail(outcome);
    return false;
  }

  async #try(lines: Lines): Promise<Outcome> {
    // It may have been closed while the batch was read from the disk: others have the disk now.
    if (this.#isClosed) return { kind: 'retry', reason: 'stopped' };
    this.#attempt = new Attempt(this.#wire, lines, this.#parts.options.requestTimeoutMs);
    try {
      return await this.#attempt.outcome;
    } finally {
      this.#attempt = undefined;
    }
  }

  #settle(head: PendingBatch, piece: Lines, outcome: Answer): void {
    switch (outcome.kind) {
      case 'delivered':
        this.#deliver(head, piece);
        return;
      case 'split':
        this.#size.noteTooLarge();
        this.#narrowDown(head, outcome.reason);
        return;
      case 'refused': {
        const reasons = (outcome.refusedLines ?? []).map(({ index, reason }) => [index, safeText(reason)] as const);
        const refused = head.takeLines(new Map(reasons));
        if (refused.size === 0) this.#narrowDown(head, outcome.reason);
        else this.#parts.deadLetters.keep(refused);
      }
    }
  }

  #deliver(head: PendingBatch, piece: Lines): void {
    head.settlePiece();
    this.#parts.counts.delivered += piece.lineCount;
    this.#lastSuccessAt = Date.now() / 1000;
    const lastLine = piece.bytes.subarray(piece.bytes.lastIndexOf(LINE_END) + 1);
    if (lastLine.length <= MAX_CANARY_BYTES) this.#canary = { bytes: Buffer.from(lastLine), lineCount: 1 };
  }

  /** The cause is in the piece: it is tried in halves, and a single line goes to the dead letters. */
  #narrowDown(head: PendingBatch, reason: string): void {
    const { piece } = head;
    if (piece === undefined || head.halvePiece()) return;
    head.settlePiece();
    this.#parts.deadLetters.keep(new Map([[safeText(reason), piece]]));
  }

  /**
   * Whether the database takes a line at all: the last one that it took, which changes nothing there, or another that
   * waits.
   */
  async #takesOthers(): Promise<boolean> {
    const other = this.#parts.backlog.otherLine();
    const waiting = other === undefined ? undefined : { bytes: Buffer.from(other), lineCount: 1 };
    const canary = this.#canary ?? waiting;
    return canary !== undefined && (await this.#try(canary)).kind !== 'retry';
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
    this.#next.plan(delayMs, outcome.isUnreachable === true ? this.#wire : undefined);
    this.#parts.events.emit({
      kind: 'retry',
      reason,
      delayMs,
      failures: this.retry.failures,
      needsOperator: outcome.needsOperator === true,
    });
  }
}
