import type { Monitoring } from '@influx-monitoring/core';
import { Aggregate } from '../aggregate/aggregate.ts';
import type { ReadableStore, StoreSource } from '../store/store-source.ts';
import { turnBudget } from '../store/turn-budget.ts';

/** The clock is asked once in so many lines. */
const LINES_PER_STEP = 16;

/** The counts, with how far the store was read into them. */
interface Counting {
  readonly aggregate: Aggregate;
  readonly store: ReadableStore;
  readonly firstSecond: number;
  sequence: number;
}

/** What is counted at a moment. */
export interface CountedState {
  readonly aggregate: Aggregate;
  /** First second from which all points are there. */
  readonly firstSecond: number;
  readonly changedSeconds: readonly number[];
  /** End of what is complete. */
  readonly to: number;
}

/** Reads the store into counts, as far as it goes each time it is asked. */
export class Counter {
  readonly #monitoring: Monitoring;
  readonly #source: StoreSource;
  #counting: Counting | undefined;

  constructor(monitoring: Monitoring, source: StoreSource) {
    this.#monitoring = monitoring;
    this.#source = source;
  }

  /** True while counts are kept. */
  get isCounting(): boolean {
    return this.#counting !== undefined;
  }

  forget(): void {
    this.#counting = undefined;
  }

  /** Counts what came since it was last called; the first time all that the store holds. One call at a time. */
  async catchUp(): Promise<CountedState> {
    const { store } = this.#source;
    const now = this.#monitoring.now();
    if (this.#counting?.store !== store) {
      this.#counting = { aggregate: new Aggregate(now), store, firstSecond: this.#source.firstSecond(), sequence: 0 };
    }
    const counting = this.#counting;
    const { aggregate, firstSecond } = counting;
    await this.#readStore(counting);
    await turnBudget().run(aggregate.advance(now));
    const to = this.wholeSecondBefore(now);
    return { aggregate, firstSecond, changedSeconds: aggregate.seconds.takeChanged(to), to };
  }

  /** The end of what is complete at a time: the embedded store has a point once its buffer was flushed. */
  wholeSecondBefore(now: number): number {
    return Math.floor(now - (this.#source.isEmbedded ? this.#monitoring.flushingPeriod : 0));
  }

  async #readStore(counting: Counting): Promise<void> {
    const budget = turnBudget();
    for (const { bytes, sequence } of counting.store.batchesAfter(counting.sequence)) {
      if (budget.isBusy) await budget.rest();
      const text = bytes.toString();
      let lineCount = 0;
      for (let start = 0; start < text.length;) {
        start = counting.aggregate.addLine(text, start);
        lineCount += 1;
        if (lineCount % LINES_PER_STEP === 0 && budget.isOver) await budget.rest();
      }
      counting.sequence = sequence;
    }
  }
}
