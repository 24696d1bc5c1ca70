import type { Monitoring } from '@influx-monitoring/core';
import { ProcessSampler, requestsInFlight } from '@influx-monitoring/core/internal';
import type { ProcessRow } from '../wire/messages.ts';

/** A sample of a shorter time than this says little, in seconds. */
const MIN_PERIOD_SECONDS = 0.5;

/** As long as the page looks back. */
const KEPT_ROWS = 900;

const MICROSECONDS = 1e6;

/** What is asked of the monitoring whose process is looked at. */
export type WatchedMonitoring = Pick<Monitoring, 'now'>;

/**
 * Looks at what the process uses, while somebody looks on: for the page alone, nothing of it is a point.
 */
export class ProcessWatch {
  readonly #monitoring: WatchedMonitoring;
  readonly #rows: ProcessRow[] = [];
  #sampler: ProcessSampler | undefined;
  #sampledAt = 0;

  constructor(monitoring: WatchedMonitoring) {
    this.#monitoring = monitoring;
  }

  /** True while the process is looked at. */
  get isWatching(): boolean {
    return this.#sampler !== undefined;
  }

  /** Begins to look; what was seen before is kept. */
  begin(): void {
    if (this.#sampler !== undefined) return;
    this.#sampler = new ProcessSampler();
    this.#sampledAt = this.#monitoring.now();
  }

  end(): void {
    this.#sampler?.stop();
    this.#sampler = undefined;
  }

  /** Looks once. @returns the row; nothing where too little time has passed */
  sample(): ProcessRow | undefined {
    const now = this.#monitoring.now();
    if (this.#sampler === undefined || now - this.#sampledAt < MIN_PERIOD_SECONDS) return undefined;
    this.#sampledAt = now;
    const row = this.#read(this.#sampler, Math.floor(now));
    this.#rows.push(row);
    if (this.#rows.length > KEPT_ROWS) this.#rows.shift();
    return row;
  }

  /** The rows of a span. */
  between(from: number, to: number): ProcessRow[] {
    return this.#rows.filter(([second]) => second >= from && second < to);
  }

  #read(sampler: ProcessSampler, second: number): ProcessRow {
    const fields = sampler.sampleUse();
    const delay = fields['event_loop_delay_p99_seconds'];
    const cores = numberOf(fields['cpu_user_seconds_per_second']) + numberOf(fields['cpu_system_seconds_per_second']);
    return [
      second,
      Math.round(cores * 1000) / 1000,
      numberOf(fields['heap_used_bytes']),
      numberOf(fields['rss_bytes']),
      delay === undefined ? null : Math.round(numberOf(delay) * MICROSECONDS),
      requestsInFlight(this.#monitoring),
    ];
  }
}

function numberOf(value: unknown): number {
  return Number(value ?? 0);
}
