import { LineBlock, MAX_BATCH_LINES } from './buffer.ts';
import type { Batch, Outcome, Wire } from './outcome.ts';
import { DeliveryCounts, type DeliveryStats, type DropReason } from './stats.ts';

/** Bytes of memory that pending points may take. */
export const DEFAULT_MAX_MEMORY_BYTES = 32 * 1024 * 1024;

const REQUEST_DEADLINE_MS = 10_000;
const MIN_RETRY_DELAY_MS = 500;
const MAX_RETRY_DELAY_MS = 60_000;

/** Options of `Delivery`. */
export interface DeliveryOptions {
  readonly maxMemoryBytes: number;
}

/** What `stop()` came to, in points. */
export interface StopResult {
  readonly delivered: number;
  readonly spooled: number;
  readonly lost: number;
}

/** Takes lines and gets them to a database: buffer, queue, one request in flight, retries. */
export class Delivery {
  readonly counts = new DeliveryCounts();
  readonly #options: DeliveryOptions;
  #wire: Wire;
  #open: LineBlock | undefined;
  #queue: LineBlock[] = [];
  #inFlight: Promise<void> | undefined;
  #failures = 0;
  #notBeforeMs = 0;
  #isStopped = false;
  #lastSuccessAt: number | undefined;
  #lastError: string | undefined;

  constructor(wire: Wire, options: DeliveryOptions) {
    this.#wire = wire;
    this.#options = options;
  }

  /** Sends what comes from now on another way. A request in flight ends as it began. */
  redirect(wire: Wire): void {
    this.#wire = wire;
    this.#notBeforeMs = 0;
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
    this.#open ??= new LineBlock();
    this.#open.append(line);
    if (this.#open.isFull) this.tick();
  }

  /** Closes the open block and sends unless something is in flight or the time to wait is not over. */
  tick(): void {
    this.#seal();
    if (this.#inFlight === undefined && performance.now() >= this.#notBeforeMs) this.#sendNext();
  }

  /** Sends all that is pending. It resolves when nothing is left or the database did not take it. */
  async flush(): Promise<void> {
    this.#seal();
    await this.#inFlight;
    while (this.#queue.length > 0) {
      const failures = this.#failures;
      this.#sendNext();
      await this.#inFlight;
      if (this.#failures > failures) return;
    }
  }

  async stop({ timeoutMs = 5000 }: { readonly timeoutMs?: number | undefined } = {}): Promise<StopResult> {
    const before = this.counts.delivered;
    const deadline = new Promise<void>((resolve) => setTimeout(resolve, timeoutMs).unref());
    await Promise.race([this.flush(), deadline]);
    this.#isStopped = true;
    let lost = 0;
    for (const block of this.#queue.splice(0)) {
      lost += block.lineCount;
      this.#drop(block, 'stopped');
    }
    return { delivered: this.counts.delivered - before, spooled: 0, lost };
  }

  stats(): DeliveryStats {
    const blocks = this.#open === undefined ? this.#queue : [...this.#queue, this.#open];
    const oldest = blocks[0];
    return {
      recorded: this.counts.recorded,
      delivered: this.counts.delivered,
      pending: blocks.reduce((sum, block) => sum + block.lineCount, 0),
      dropped: this.counts.dropped,
      deadLettered: this.counts.deadLettered,
      drops: this.counts.drops,
      retries: this.counts.retries,
      memoryBytes: blocks.reduce((sum, block) => sum + block.capacity, 0),
      oldestPendingMs: oldest === undefined ? 0 : performance.now() - oldest.openedAtMs,
      lastSuccessAt: this.#lastSuccessAt,
      lastError: this.#lastError,
    };
  }

  #seal(): void {
    if (this.#open === undefined) return;
    this.#open.trim();
    this.#queue.push(this.#open);
    this.#open = undefined;
    this.#bound();
  }

  #bound(): void {
    let bytes = this.#queue.reduce((sum, block) => sum + block.capacity, 0);
    // The head may be in flight: it is never the one to go.
    while (bytes > this.#options.maxMemoryBytes && this.#queue.length > 1) {
      const [oldest] = this.#queue.splice(this.#inFlight === undefined ? 0 : 1, 1);
      if (oldest === undefined) return;
      bytes -= oldest.capacity;
      this.#drop(oldest, 'memory_full');
    }
  }

  #drop(block: LineBlock, reason: DropReason): void {
    this.counts.dropLines(block.toBatch().lines, reason);
  }

  #sendNext(): void {
    const head = this.#queue[0];
    if (head === undefined) return;
    const batch = head.toBatch();
    this.#inFlight = this.#wire
      .write(batch, AbortSignal.timeout(REQUEST_DEADLINE_MS))
      .then((outcome) => {
        this.#settle(batch, outcome);
      })
      .finally(() => {
        this.#inFlight = undefined;
      });
  }

  #settle(batch: Batch, outcome: Outcome): void {
    if (outcome.kind === 'delivered' || outcome.kind === 'delivered-in-part') {
      const dropped = outcome.kind === 'delivered' ? 0 : Math.min(outcome.droppedCount, MAX_BATCH_LINES);
      this.#queue.shift();
      this.#failures = 0;
      this.counts.delivered += batch.lineCount - dropped;
      if (dropped > 0) this.counts.drop('', 'rejected', dropped);
      this.#lastSuccessAt = Date.now() / 1000;
      this.#lastError = undefined;
      return;
    }
    this.#failures += 1;
    this.counts.retries += 1;
    this.#lastError = outcome.reason;
    const ceiling = Math.min(MAX_RETRY_DELAY_MS, MIN_RETRY_DELAY_MS * 2 ** this.#failures);
    this.#notBeforeMs = performance.now() + Math.max(Math.random() * ceiling, MIN_RETRY_DELAY_MS);
  }
}
