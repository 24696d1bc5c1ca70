import type { BaseMonitoringAdapter, Batch, Outcome } from '@influx-monitoring/core';

/** Sees whether batches are delivered in the order of their time. */
export class OrderWatch {
  batchCount = 0;
  /** Batches that begin before the one before them ended. */
  disorderedCount = 0;
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
    this.#lastStamp = stampOf(lines);
  }
}

/** The time stamp that a text of lines ends with. */
function stampOf(lines: string): bigint {
  return BigInt(lines.slice(lines.lastIndexOf(' ') + 1));
}
