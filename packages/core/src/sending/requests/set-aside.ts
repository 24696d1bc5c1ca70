import type { DeliveryEvents } from '../../ledger/events.ts';
import { pointsText } from '../../ledger/amount-text.ts';
import { safeText } from '../../process/outside-text.ts';
import { runOutsideContext } from '../../process/outside-context.ts';
import type { Backlog } from '../../queue/backlog.ts';
import type { PendingBatch } from '../../spool/pending-batch.ts';

/** A batch whose refused lines are not named is halved at once for a request for each so many lines of it. */
const LINES_PER_REQUEST = 10;

/** And for so many in any case: they take no time worth mentioning, and one bad line among 5,000 needs 26. */
const MIN_REQUESTS_AT_ONCE = 100;

/** Then one request in this time, in milliseconds, for all that are set aside. */
const INTERVAL_MS = 1000;

/** Of the memory for what is pending, so much is set aside at most: the rest is for what comes. */
const MEMORY_SHARE = 4;

/** It is told at most once in this time, in milliseconds. */
const TOLD_INTERVAL_MS = 60_000;

/** What setting aside works with. */
export interface SetAsideParts {
  readonly backlog: Backlog;
  readonly events: DeliveryEvents;
  readonly options: { readonly maxMemoryBytes: number };
  /** Called when it is the turn of what is set aside. */
  readonly onTurn: () => void;
}

/** The search for the refused lines of a batch. */
interface Search {
  reason: string;
  /** How many more requests it may take before the batch is set aside. */
  requestsLeft: number;
}

/**
 * Sets a batch aside that takes too many requests to find its refused lines, where the database does not name them: what
 * is left of it waits behind others, and is halved at one request a second. Nothing is refused that the database did not
 * refuse by itself, and nothing behind it waits for that.
 */
export class SetAside {
  readonly #parts: SetAsideParts;
  #searches = new WeakMap<PendingBatch, Search>();
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  #toldAtMs = -Infinity;

  constructor(parts: SetAsideParts) {
    this.#parts = parts;
  }

  /**
   * Notes an answer to lines of a batch.
   *
   * @param reason - why lines of it were refused, where none was named
   */
  noteAnswer(batch: PendingBatch, reason?: string): void {
    const search = this.#searches.get(batch) ?? (reason === undefined ? undefined : searchOf(batch));
    if (search === undefined) return;
    this.#searches.set(batch, search);
    search.reason = reason ?? search.reason;
    search.requestsLeft -= 1;
    if (search.requestsLeft >= 0 || batch.isSetAside || batch.lineCount === 0 || !this.#hasRoomFor(batch)) return;
    batch.isSetAside = true;
    this.#planTurn();
    this.#tell(search.reason);
  }

  /** The batch whose turn it is, once a second. */
  takeTurn(): PendingBatch | undefined {
    if (!this.#isDue) return undefined;
    this.#isDue = false;
    const [batch] = this.#parts.backlog.setAside;
    if (batch !== undefined) this.#planTurn();
    return batch;
  }

  /** All of it is sent in its turn again, as if nothing had been refused: there is another database, or the end comes. */
  takeUpAll(): void {
    for (const batch of this.#parts.backlog.setAside) batch.isSetAside = false;
    this.#searches = new WeakMap();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #hasRoomFor(batch: PendingBatch): boolean {
    const { backlog, options } = this.#parts;
    return backlog.setAsideBytes + batch.memoryBytes <= options.maxMemoryBytes / MEMORY_SHARE;
  }

  #planTurn(): void {
    clearTimeout(this.#timer);
    runOutsideContext(() => {
      this.#timer = setTimeout(() => {
        this.#isDue = true;
        this.#parts.onTurn();
      }, INTERVAL_MS).unref();
    });
  }

  #tell(reason: string): void {
    const nowMs = performance.now();
    if (nowMs - this.#toldAtMs < TOLD_INTERVAL_MS) return;
    this.#toldAtMs = nowMs;
    const { backlog, events } = this.#parts;
    const waiting = pointsText(backlog.setAside.reduce((sum, { lineCount }) => sum + lineCount, 0));
    events.warn(
      'MON_SET_ASIDE',
      `${events.target} refuses lines and does not say which (${safeText(reason)}); ${waiting} wait behind fresh ones, ` +
        'halved at one request a second until the refused are found',
    );
  }
}

function searchOf({ lineCount }: PendingBatch): Search {
  return { reason: '', requestsLeft: Math.max(MIN_REQUESTS_AT_ONCE, Math.floor(lineCount / LINES_PER_REQUEST)) };
}
