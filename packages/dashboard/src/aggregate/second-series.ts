import type { SecondRow } from '../wire/messages.ts';
import { heatOf } from './heat.ts';
import { createHistogram, readPercentiles, type Percentiles } from './percentiles.ts';
import { SparseCounts } from './sparse-counts.ts';

/** What is counted each second. */
interface SecondCounts extends Record<SecondCount, number> {
  executionTime: SparseCounts | undefined;
  transportTime: SparseCounts | undefined;
}

/** A count that is no duration. */
export type SecondCount =
  'requests' | 'failedRequests' | 'sends' | 'redisMessages' | 'subscriptionErrors' | StatusCount;

/** Requests of one kind of status. */
export type StatusCount = 'redirects' | 'clientErrors' | 'serverErrors' | 'unfinished';

/** A duration whose percentiles are shown over time. */
export type SecondDuration = 'executionTime' | 'transportTime';

/** As what an event is counted in its second. */
export interface SecondCounted {
  readonly isFailed: boolean;
  /** Nothing for what is counted by another series. */
  readonly secondCount: SecondCount | undefined;
  readonly statusCount: StatusCount | undefined;
}

/** What happened, second by second: what the charts draw. */
export class SecondSeries {
  readonly #seconds = new Map<number, SecondCounts>();
  readonly #changed = new Set<number>();
  readonly #rows = new Map<number, SecondRow>();

  count(second: number, name: SecondCount, weight: number): void {
    this.#at(second)[name] += weight;
  }

  /** Counts so many events of a kind. */
  addEvents(second: number, { isFailed, secondCount, statusCount }: SecondCounted, weight: number): void {
    if (secondCount === undefined || weight === 0) return;
    this.count(second, secondCount, weight);
    if (isFailed) this.count(second, 'failedRequests', weight);
    if (statusCount !== undefined) this.count(second, statusCount, weight);
  }

  /** @returns by how many bytes the counts grew */
  measure(second: number, name: SecondDuration, durationUs: number, weight: number): number {
    const counts = this.#at(second);
    const before = counts[name]?.byteCount ?? 0;
    const durations = (counts[name] ??= new SparseCounts());
    durations.add(durationUs, Math.max(1, Math.round(weight)));
    return durations.byteCount - before;
  }

  /** Forgets what is older. */
  forgetBefore(second: number): void {
    for (const key of this.#seconds.keys()) {
      if (key >= second) continue;
      this.#seconds.delete(key);
      this.#changed.delete(key);
      this.#rows.delete(key);
    }
  }

  /** Takes the seconds before one that changed since they were last taken. */
  takeChanged(before: number): number[] {
    const taken = [...this.#changed].filter((second) => second < before);
    for (const second of taken) this.#changed.delete(second);
    return taken;
  }

  /** The seconds of a span in which something happened, in order. */
  between(from: number, to: number): number[] {
    return [...this.#seconds.keys()].filter((second) => second >= from && second < to).sort((a, b) => a - b);
  }

  rowOf(second: number): SecondRow | undefined {
    const counts = this.#seconds.get(second);
    if (counts === undefined) return undefined;
    const known = this.#rows.get(second);
    if (known !== undefined) return known;
    const row: SecondRow = [
      second,
      counts.requests,
      counts.failedRequests,
      percentilesOf(counts.executionTime),
      counts.sends,
      percentilesOf(counts.transportTime),
      counts.redisMessages,
      counts.subscriptionErrors,
      counts.redirects,
      counts.clientErrors,
      counts.serverErrors,
      counts.unfinished,
      heatOf(counts.executionTime),
    ];
    this.#rows.set(second, row);
    return row;
  }

  #at(second: number): SecondCounts {
    this.#changed.add(second);
    this.#rows.delete(second);
    let counts = this.#seconds.get(second);
    if (counts === undefined) {
      counts = {
        requests: 0,
        failedRequests: 0,
        sends: 0,
        redisMessages: 0,
        subscriptionErrors: 0,
        redirects: 0,
        clientErrors: 0,
        serverErrors: 0,
        unfinished: 0,
        executionTime: undefined,
        transportTime: undefined,
      };
      this.#seconds.set(second, counts);
    }
    return counts;
  }
}

function percentilesOf(durations: SparseCounts | undefined): Percentiles {
  if (durations === undefined) return null;
  const histogram = createHistogram();
  durations.forEach((durationUs, count) => {
    histogram.recordValueWithCount(durationUs, count);
  });
  return readPercentiles(histogram);
}
