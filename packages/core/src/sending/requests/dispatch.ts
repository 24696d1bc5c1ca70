import type { Lines } from '../../batch/lines.ts';
import type { Outcome, Wire } from '../../batch/outcome.ts';
import { runOutsideContext } from '../../process/outside-context.ts';
import type { Backlog } from '../../queue/backlog.ts';
import type { PendingBatch } from '../../spool/pending-batch.ts';
import { Attempt } from './attempt.ts';
import { Pace, type PaceOptions } from './pace.ts';
import type { SetAside } from './set-aside.ts';

/** What a dispatch works with. */
export interface DispatchParts {
  readonly backlog: Backlog;
  readonly options: PaceOptions;
  /** Whether lines may be sent that are in memory alone. */
  readonly isMemorySent: () => boolean;
  readonly setAside: SetAside;
}

/** What a request came to. */
export interface Answer {
  /** Whether the request was ended since no answer came in time. */
  readonly isOverdue: boolean;
  readonly lines: Lines;
  readonly outcome: Outcome;
  readonly tookMs: number;
}

/**
 * Takes batches and has their requests made: that of the oldest, which its caller waits for, and beside it those of the
 * next ones, as many as the pace allows. So the next body is ready when an answer comes.
 */
export class Dispatch {
  readonly pace: Pace;
  readonly #parts: DispatchParts;
  /** Requests that are under way, or answered and not looked at, oldest first. */
  readonly #attempts = new Map<PendingBatch, Attempt>();
  #wire: Wire;
  #goingAhead: Promise<void> | undefined;
  #isClosed = false;

  constructor(wire: Wire, parts: DispatchParts) {
    this.#wire = wire;
    this.#parts = parts;
    this.pace = new Pace(parts.options);
  }

  get wire(): Wire {
    return this.#wire;
  }

  /** How many requests are under way, or answered and not looked at. */
  get requestCount(): number {
    return this.#attempts.size;
  }

  /** How long the oldest request without an answer has lasted, in milliseconds; 0 where there is none. */
  get requestAgeMs(): number {
    const open = [...this.#attempts.values()].find(({ tookMs }) => tookMs === undefined);
    return open === undefined ? 0 : performance.now() - open.startedAtMs;
  }

  /** Sends what comes from now on another way. Requests under way end as they began. */
  redirect(wire: Wire): void {
    this.#wire = wire;
    this.pace.reset();
  }

  /** The batch to send: one that is set aside where it is its turn, else the oldest, which is taken by this. */
  async next(): Promise<PendingBatch | undefined> {
    await this.#goingAhead;
    const { backlog, setAside } = this.#parts;
    return setAside.takeTurn() ?? backlog.inTurn[0] ?? (await this.#take());
  }

  /** Sends lines of a batch, unless they are under way, and waits for what becomes of them. */
  async answerTo(batch: PendingBatch, lines: Lines): Promise<Answer> {
    // It may have been closed while the batch was read from the disk: others have the disk now.
    if (this.#isClosed) return { isOverdue: false, lines, outcome: { kind: 'retry', reason: 'stopped' }, tookMs: 0 };
    const attempt = this.#attempts.get(batch) ?? this.#begin(batch, lines);
    this.goAhead();
    return this.#endOf(batch, attempt);
  }

  /** Waits for all requests: the answers that nobody waits for. */
  async *answersAhead(): AsyncGenerator<readonly [PendingBatch, Answer]> {
    await this.#goingAhead;
    for (const [batch, attempt] of this.#attempts) yield [batch, await this.#endOf(batch, attempt)];
  }

  /** Sends what waits behind the oldest, while there may be more requests. */
  goAhead(): void {
    this.#goingAhead ??= runOutsideContext(() => this.#goAhead()).finally(() => {
      this.#goingAhead = undefined;
    });
  }

  /** Ends the requests under way. */
  abort(reason: string): void {
    for (const attempt of this.#attempts.values()) attempt.abort(reason);
  }

  /** Begins no more. */
  close(): void {
    this.#isClosed = true;
    this.abort('stopped');
  }

  #take(bounds = this.pace.bounds): Promise<PendingBatch | undefined> {
    return this.#parts.backlog.take(this.#parts.isMemorySent(), bounds);
  }

  #begin(batch: PendingBatch, lines: Lines): Attempt {
    const attempt = new Attempt(this.#wire, lines, this.#parts.options.requestTimeoutMs);
    this.#attempts.set(batch, attempt);
    return attempt;
  }

  async #endOf(batch: PendingBatch, attempt: Attempt): Promise<Answer> {
    const outcome = await attempt.outcome;
    this.#attempts.delete(batch);
    return { isOverdue: attempt.isOverdue, lines: attempt.lines, outcome, tookMs: attempt.tookMs ?? 0 };
  }

  async #goAhead(): Promise<void> {
    try {
      // It must not end before `goAhead` has noted that it runs.
      await Promise.resolve();
      while (this.#isMoreAllowed) {
        const waiting = this.#parts.backlog.inTurn.find((taken) => !this.#attempts.has(taken));
        const batch = waiting ?? (await this.#takeMore());
        // Reading it from the disk took its time.
        if (batch?.piece === undefined || !this.#mayBegin(batch)) return;
        this.#begin(batch, batch.piece);
      }
    } catch {
      // The disk gives nothing: whoever takes the oldest batch says so.
    }
  }

  get #isMoreAllowed(): boolean {
    const { size } = this.#attempts;
    return !this.#isClosed && size > 0 && size < this.pace.maxRequests;
  }

  #mayBegin(batch: PendingBatch): boolean {
    return this.#isMoreAllowed && !this.#attempts.has(batch);
  }

  /** The next batch, where a block waits. */
  async #takeMore(): Promise<PendingBatch | undefined> {
    const { backlog } = this.#parts;
    const bounds = this.pace.boundsBeside(backlog.inTurnBytes, backlog.block);
    return bounds !== undefined && backlog.hasFullBlock ? this.#take(bounds) : undefined;
  }
}
