import type { BaseMonitoringAdapter, Batch, Outcome } from '@influx-monitoring/core';

/** As many requests as may be under way at once: their answers come in any order. */
const MAX_REQUESTS = 4;

/** Lines by their time stamps, that were sent and not delivered. */
interface Failed {
  readonly first: bigint;
  readonly last: bigint;
  /** How many batches of newer lines were begun since. */
  overtakenCount: number;
}

/**
 * Sees whether lines are sent in the order of their time: those that are sent for the first time are newer than all before,
 * and none of them is begun behind lines that failed, but for those that are under way with them.
 */
export class OrderWatch {
  batchCount = 0;
  disorderedCount = 0;
  /** The last line of each delivered batch: it may be sent again alone, to see whether the database takes anything. */
  readonly #deliveredEnds = new Set<bigint>();
  #failed: Failed[] = [];
  #sentUpTo = 0n;

  constructor({ wire }: BaseMonitoringAdapter) {
    const write = wire.write.bind(wire);
    wire.write = async (batch: Batch, signal: AbortSignal): Promise<Outcome> => {
      const range = { first: stampOf(firstLineOf(batch.lines)), last: stampOf(batch.lines) };
      if (range.first === range.last && this.#deliveredEnds.has(range.last)) return await write(batch, signal);
      this.#begin(range);
      // What is given up may be sent again before its answer comes.
      const onAbort = (): void => {
        this.#fail(range);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const outcome = await write(batch, signal);
      signal.removeEventListener('abort', onAbort);
      if (outcome.kind === 'delivered') {
        this.batchCount += 1;
        this.#deliveredEnds.add(range.last);
      } else if (!signal.aborted) this.#fail(range);
      return outcome;
    };
  }

  #begin({ first, last }: Pick<Failed, 'first' | 'last'>): void {
    if (first > this.#sentUpTo) {
      this.#sentUpTo = last;
      for (const failed of this.#failed) failed.overtakenCount += 1;
      if (this.#failed.some(({ overtakenCount }) => overtakenCount > MAX_REQUESTS)) this.disorderedCount += 1;
      return;
    }
    const again = this.#failed.find((failed) => failed.first <= first && last <= failed.last);
    if (again === undefined) {
      this.disorderedCount += 1;
      return;
    }
    // It may be a half of what failed.
    const rests = [
      { ...again, last: first - 1n },
      { ...again, first: last + 1n },
    ].filter((rest) => rest.first <= rest.last);
    this.#failed = [...this.#failed.filter((failed) => failed !== again), ...rests];
  }

  #fail(range: Pick<Failed, 'first' | 'last'>): void {
    this.#failed.push({ ...range, overtakenCount: 0 });
  }
}

function firstLineOf(lines: string): string {
  const end = lines.indexOf('\n');
  return end === -1 ? lines : lines.slice(0, end);
}

/** The time stamp that a text of lines ends with. */
function stampOf(lines: string): bigint {
  return BigInt(lines.slice(lines.lastIndexOf(' ') + 1));
}
