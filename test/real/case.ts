import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { MonitoringOptions } from '@influx-monitoring/core';
import { Load } from '../faults/support/load.ts';
import { holdingOfInflux1, verifyNothingLost } from '../faults/support/verify.ts';
import type { Program } from './programs.ts';
import type { DatabaseVersion, RealInflux } from './servers/real-influx.ts';

/** What a case is given: a server that others use after it, and an empty database of its own there. */
export interface CaseContext {
  readonly influx: RealInflux;
  readonly database: string;
  readonly program: Program;
}

/** Something that is tried with each real server. */
export interface RealCase {
  /** For `--only`. */
  readonly name: string;
  /** A fact, as a test has it. */
  readonly title: string;
  /** The versions that can do it. @defaultValue all */
  readonly versions?: readonly DatabaseVersion[];
  /** Gives what it saw. @throws where that is wrong */
  readonly run: (context: CaseContext) => Promise<string>;
}

/** An answer of InfluxDB 3 takes a second, so the requests of a load may take longer than elsewhere. */
const REQUEST_TIMEOUT_MS = 5000;

/** Node's channel of requests that node:http sends; those of the tests' own questions are by fetch. */
const REQUESTS = 'http.client.request.start';

/** A monitoring under load, and what it said to its log. */
export class CaseLoad extends Load {
  /** The codes of the log's lines, each once. */
  readonly codes: ReadonlySet<string>;
  /** Requests since it began. */
  requests = 0;
  readonly #countRequest = (): void => {
    this.requests += 1;
  };

  constructor(options: MonitoringOptions) {
    const codes = new Set<string>();
    const keep = (message: unknown): void => {
      const [code] = /\[MON_\w+\]/.exec(String(message)) ?? [];
      if (code !== undefined) codes.add(code.slice(1, -1));
    };
    super({
      ...options,
      logger: { info: keep, warn: keep, error: keep },
      delivery: { requestTimeoutMs: REQUEST_TIMEOUT_MS, ...options.delivery },
    });
    this.codes = codes;
    subscribe(REQUESTS, this.#countRequest);
  }

  /** What is left is sent and compared with what the database holds. @throws where something is missing or twice */
  async verify({ influx, database }: Pick<CaseContext, 'database' | 'influx'>): Promise<string> {
    await this.drain();
    verifyNothingLost(this.monitoring, this.count, await holdingOfInflux1(influx, database));
    return `${counted(this.count, 'point')}, each stored once`;
  }

  /** What the log said of trouble. @throws where it said nothing */
  said(): string {
    if (this.codes.size === 0) throw new Error('the log said nothing of it');
    return `the log said ${[...this.codes].join(', ')}`;
  }

  async end(): Promise<void> {
    this.pause();
    await this.monitoring.stop({ timeoutMs: 0 });
    unsubscribe(REQUESTS, this.#countRequest);
  }
}

/** Runs something with a load, which ends whatever happens. */
export async function withLoad(options: MonitoringOptions, run: (load: CaseLoad) => Promise<string>): Promise<string> {
  const load = new CaseLoad(options);
  try {
    return await run(load);
  } finally {
    await load.end();
  }
}

/** @throws where two values differ, with both */
export function same(what: string, found: unknown, expected: unknown): void {
  if (JSON.stringify(found) === JSON.stringify(expected)) return;
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
}

export function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}
