import type { Monitoring } from '@influx-monitoring/core';
import { foldedSeriesOf, type FoldedSeries } from '@influx-monitoring/core/internal';
import { Aggregate } from '../aggregate/aggregate.ts';
import type { ReadableStore, StoreSource } from '../store/store-source.ts';
import { turnBudget } from '../store/turn-budget.ts';
import type { FoldedSpan } from '../wire/messages.ts';

/** The clock is asked once in so many steps of the aggregate: about sixteen lines, or one summary. */
const STEPS_PER_LOOK = 64;

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
  readonly #folded: FoldedSeries | undefined;
  #counting: Counting | undefined;

  constructor(monitoring: Monitoring, source: StoreSource) {
    this.#monitoring = monitoring;
    this.#source = source;
    this.#folded = foldedSeriesOf(monitoring);
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
      this.#counting = {
        aggregate: this.#createAggregate(now),
        store,
        firstSecond: this.#source.firstSecond(),
        sequence: 0,
      };
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

  /** How far the figures of folded series go, where complete seconds go up to a time; `null` where none is folded. */
  foldedSpan(wholeSecond: number): FoldedSpan | null {
    if (this.#folded === undefined) return null;
    const { periodSeconds } = this.#folded;
    // A summary is recorded when its period is over: of one that ended just now it may be under way.
    return { ...this.#folded, to: Math.floor((wholeSecond - 1) / periodSeconds) * periodSeconds };
  }

  #createAggregate(now: number): Aggregate {
    const folded = this.#folded && { ...this.#folded, beganAt: this.#source.beganAt };
    return new Aggregate(now, { folded });
  }

  async #readStore(counting: Counting): Promise<void> {
    const budget = turnBudget();
    const { aggregate } = counting;
    let nextLook = aggregate.stepCount + STEPS_PER_LOOK;
    for (const { bytes, sequence } of counting.store.batchesAfter(counting.sequence)) {
      if (budget.isBusy) await budget.rest();
      const text = bytes.toString();
      for (let start = 0; start < text.length;) {
        start = aggregate.addLine(text, start);
        if (aggregate.stepCount < nextLook) continue;
        if (budget.isOver) await budget.rest();
        nextLook = aggregate.stepCount + STEPS_PER_LOOK;
      }
      counting.sequence = sequence;
    }
  }
}
