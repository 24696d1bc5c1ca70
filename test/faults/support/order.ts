import type { BaseMonitoringAdapter, Batch, Outcome } from '@influx-monitoring/core';

/** As many requests as may be under way at once: their answers come in any order. */
const MAX_REQUESTS = 4;

/** Sees whether batches are delivered in the order of their time, but for those that are under way together. */
export class OrderWatch {
  batchCount = 0;
  /** Batches that begin before one ended that was delivered so long before that it was not under way any more. */
  disorderedCount = 0;
  readonly #ends: bigint[] = [];
  #lastStamp = 0n;

  constructor({ wire }: BaseMonitoringAdapter) {
    const write = wire.write.bind(wire);
    wire.write = async (batch: Batch, signal: AbortSignal): Promise<Outcome> => {
      const outcome = await write(batch, signal);
      if (outcome.kind === 'delivered') this.#note(batch.lines);
      return outcome;
    };
  }

  #note(lines: string): void {
    this.batchCount += 1;
    const firstLine = lines.slice(0, lines.indexOf('\n') === -1 ? undefined : lines.indexOf('\n'));
    if (stampOf(firstLine) < this.#lastStamp) this.disorderedCount += 1;
    this.#ends.push(stampOf(lines));
    const end = this.#ends.length < MAX_REQUESTS ? undefined : this.#ends.shift();
    if (end !== undefined && end > this.#lastStamp) this.#lastStamp = end;
  }
}

/** The time stamp that a text of lines ends with. */
function stampOf(lines: string): bigint {
  return BigInt(lines.slice(lines.lastIndexOf(' ') + 1));
}
