import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startStrictInflux,
  type StrictFlavour,
  type StrictInflux,
  type StrictPoint,
} from '@influx-monitoring/test-servers';

/** What the service noted of a request that was answered. */
interface SentRequest {
  readonly id: string;
  readonly route: string;
  readonly status: number;
}

/** Requests that the service of `files/` makes of itself. */
export const REQUESTS_A_SERVICE = 10;

const FAILED_FROM = 400;

/** A database, and a file in which the service notes what it was sent. */
export class Trial implements AsyncDisposable {
  readonly influx: StrictInflux;
  readonly folder = mkdtempSync(join(tmpdir(), 'hosts-trial-'));
  readonly sentFile = join(this.folder, 'sent');

  private constructor(influx: StrictInflux) {
    this.influx = influx;
  }

  static async start(flavour: StrictFlavour = '2.7'): Promise<Trial> {
    return new Trial(await startStrictInflux({ flavour }));
  }

  /** What tells a service where its database is. */
  get databaseEnv(): Readonly<Record<string, string>> {
    const { bucket, flavour, organization, url } = this.influx;
    if (flavour === '1.8') return { INFLUX_URL: url, INFLUX_VERSION: '1', INFLUX_DATABASE: bucket };
    return { INFLUX_URL: url, INFLUX_ORG: organization, INFLUX_BUCKET: bucket, INFLUX_TOKEN: 'token' };
  }

  get env(): Readonly<Record<string, string>> {
    return { ...this.databaseEnv, SENT_FILE: this.sentFile };
  }

  /**
   * Compares the points with what was sent.
   *
   * @returns how many requests there were
   * @throws Error where one has no point, or two, or another one
   */
  check(expectedCount: number): number {
    const sent = existsSync(this.sentFile) ? readFileSync(this.sentFile, 'utf8').split('\n').filter(Boolean) : [];
    // The service itself wrote the file.
    const requests = sent.map((line) => JSON.parse(line) as SentRequest);
    if (requests.length !== expectedCount) {
      throw new Error(`${String(requests.length)} requests were sent, not ${String(expectedCount)}`);
    }
    const { store } = this.influx;
    if (store.overwrittenCount > 0) throw new Error(`${String(store.overwrittenCount)} points were overwritten`);
    compare('requests', requests, store.points('requests'));
    compare(
      'errors',
      requests.filter(({ status }) => status >= FAILED_FROM),
      store.points('errors'),
    );
    return requests.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.influx.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function compare(series: string, sent: readonly SentRequest[], points: readonly StrictPoint[]): void {
  const expected = sent.map(({ id, route, status }) => `${id} ${route} ${String(status)}`).sort();
  const actual = points
    .map(({ fields, tags }) => {
      const id = fields.get('request_id')?.value;
      return `${typeof id === 'string' ? id : 'no id'} ${tags['route'] ?? ''} ${tags['status_code'] ?? ''}`;
    })
    .sort();
  const missing = expected.filter((entry) => !actual.includes(entry));
  const superfluous = actual.filter((entry) => !expected.includes(entry));
  if (missing.length === 0 && superfluous.length === 0 && actual.length === expected.length) return;
  throw new Error(
    `${series}: ${String(expected.length)} were sent, ${String(actual.length)} points are there; ` +
      `missing: ${missing.slice(0, 3).join('; ')}; superfluous: ${superfluous.slice(0, 3).join('; ')}`,
  );
}
