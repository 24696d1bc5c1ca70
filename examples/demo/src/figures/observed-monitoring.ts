import type { BaseMonitoringAdapter, Fields, LunaRequestInfluxMonitoring, Tags } from '@influx-monitoring/core';
import { SeriesFigures } from './series-figures.ts';

/** The five series, in the order they are shown. */
export const SERIES = ['requests', 'errors', 'ws_requests', 'redis_message', 'subscription_error'] as const;

export type SeriesName = (typeof SERIES)[number];

/**
 * Looks over a monitoring's shoulder: at each point when it is recorded, and at each batch when the database has it.
 *
 * So the figures are the same whatever the points go to, and while it is away, without a query in any of its languages;
 * and what is counted as delivered is counted apart from `stats()`, which it can be held against.
 */
export class ObservedMonitoring {
  readonly #figures = new Map<string, SeriesFigures>(SERIES.map((series) => [series, new SeriesFigures()]));
  readonly #delivered = new Map<string, number>();

  constructor(monitoring: LunaRequestInfluxMonitoring) {
    this.#observePoints(monitoring);
    this.#observeBatches(monitoring.adapter);
  }

  figures(series: SeriesName): SeriesFigures {
    const figures = this.#figures.get(series);
    if (figures === undefined) throw new Error(`no series ${series}`);
    return figures;
  }

  /** How many points of a series the database said it has. */
  deliveredCount(series: SeriesName): number {
    return this.#delivered.get(series) ?? 0;
  }

  endSecond(): void {
    for (const figures of this.#figures.values()) figures.endSecond();
  }

  #observePoints(monitoring: LunaRequestInfluxMonitoring): void {
    const addPoints = monitoring.addPoints.bind(monitoring);
    monitoring.addPoints = (points) => {
      const list = [...points];
      for (const { fields, series, tags } of list) this.#figures.get(series)?.record(durationOf(fields), codeOf(tags));
      addPoints(list);
    };
  }

  #observeBatches({ wire }: BaseMonitoringAdapter): void {
    const write = wire.write.bind(wire);
    wire.write = async (batch, signal) => {
      const outcome = await write(batch, signal);
      if (outcome.kind === 'delivered') this.#countLines(batch.lines);
      return outcome;
    };
  }

  #countLines(lines: string): void {
    for (const line of lines.split('\n')) {
      const series = line.slice(0, line.search(/[, ]/));
      this.#delivered.set(series, (this.#delivered.get(series) ?? 0) + 1);
    }
  }
}

function durationOf(fields: Fields): number | undefined {
  const seconds = fields['execution_time'] ?? fields['transport_time'];
  return typeof seconds === 'number' ? seconds : undefined;
}

/** The code of an error, else the status of a request. */
function codeOf(tags: Tags): string | undefined {
  const code = tags['error_code'] ?? tags['status_code'];
  return code === undefined || code === null ? undefined : String(code);
}
