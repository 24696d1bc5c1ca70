import type { Influx2Settings } from '@influx-monitoring/core';
import type {
  AuthorizationsAPI,
  BucketsAPI,
  ChecksAPI,
  NotificationEndpointsAPI,
  NotificationRulesAPI,
  OrgsAPI,
  RequestOptions,
  TasksAPI,
} from '@influxdata/influxdb-client-apis';
import { CommandError } from '../command-error.ts';
import { createBoundedAgent } from './bounded-agent.ts';
import { reasonOf } from './database.ts';
import { failureReason } from './http.ts';

/** The official clients of InfluxDB 2.x, joined. Each question rejects with what `refusalOf` reads. */
export interface Influx2Client {
  readonly authorizations: AuthorizationsAPI;
  readonly buckets: BucketsAPI;
  readonly checks: ChecksAPI;
  readonly endpoints: NotificationEndpointsAPI;
  readonly organizations: OrgsAPI;
  readonly rules: NotificationRulesAPI;
  readonly tasks: TasksAPI;
  /** Runs Flux for what it writes: its rows do not come back, where the server can leave them out. */
  run(organization: string, flux: string, signal: AbortSignal): Promise<void>;
  /** Runs Flux in an organization, named by its name or id, and gives the rows of all tables. */
  query(organization: string, flux: string, signal: AbortSignal): Promise<FluxRow[]>;
}

/** A row of Flux: text by column. */
export type FluxRow = ReadonlyMap<string, string>;

/** What a question of the clients came to that was not answered well. */
export interface Refusal {
  /** 0 where no answer came. */
  readonly status: number;
  /** `HTTP 403: forbidden`. */
  readonly reason: string;
}

/** Of the socket: the command's own deadline ends a question before. */
const SOCKET_TIMEOUT_MS = 600_000;

/** Loads the official clients, which only 2.x needs. */
export async function connectInflux2(settings: Influx2Settings): Promise<Influx2Client> {
  const [{ InfluxDB }, apis] = await Promise.all([
    import('@influxdata/influxdb-client'),
    import('@influxdata/influxdb-client-apis'),
  ]);
  const { token, url } = settings;
  const agent = createBoundedAgent(settings);
  const influx = new InfluxDB({ url, token, timeout: SOCKET_TIMEOUT_MS, transportOptions: { agent } });
  const query = async (
    organization: string,
    flux: string,
    signal: AbortSignal,
    more: Readonly<Record<string, string>> = {},
  ): Promise<FluxRow[]> => {
    const path = `/api/v2/query?${new URLSearchParams({ org: organization }).toString()}`;
    const headers = { 'content-type': 'application/vnd.flux', accept: 'application/csv', ...more };
    const answer: unknown = await influx.transport.request(path, flux, {
      method: 'POST',
      headers,
      signal: ofOneQuestion(signal),
    });
    return rowsOfCsv(typeof answer === 'string' ? answer : '');
  };
  return {
    authorizations: new apis.AuthorizationsAPI(influx),
    buckets: new apis.BucketsAPI(influx),
    checks: new apis.ChecksAPI(influx),
    endpoints: new apis.NotificationEndpointsAPI(influx),
    organizations: new apis.OrgsAPI(influx),
    rules: new apis.NotificationRulesAPI(influx),
    tasks: new apis.TasksAPI(influx),
    run: async (organization, flux, signal) => {
      await query(organization, flux, signal, { prefer: 'return-no-content-with-error' });
    },
    query,
  };
}

/** Options of one question: the types of the clients leave out the signal, which they pass on. */
export function endedBy(signal: AbortSignal): RequestOptions {
  const options = { headers: {}, signal: ofOneQuestion(signal) };
  return options;
}

/** Reads why a question of the clients failed. */
export function refusalOf(error: unknown): Refusal {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 0;
  if (status === 0 || !(error instanceof Error)) return { status: 0, reason: failureReason(error) };
  const body = 'body' in error && typeof error.body === 'string' ? error.body : '';
  return { status, reason: reasonOf({ status, body }) };
}

/** Rows of the CSV of Flux, without annotations: tables stand apart by an empty line, each with a header. */
function rowsOfCsv(csv: string): FluxRow[] {
  const rows: FluxRow[] = [];
  let header: readonly string[] | undefined;
  for (const line of csv.split(/\r?\n/)) {
    if (line === '') header = undefined;
    else if (header === undefined) header = cellsOf(line);
    else {
      const cells = cellsOf(line);
      rows.push(new Map(header.map((name, index) => [name, cells[index] ?? ''])));
    }
  }
  // A query that fails on its way has the error in an answer of status 200.
  const error = rows.find((row) => row.has('error') && row.has('reference'))?.get('error');
  if (error !== undefined) throw new CommandError(`InfluxDB gave up a query: ${error}`);
  return rows;
}

function cellsOf(line: string): string[] {
  return Array.from(line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );
}

/** One of its own for each question: a listener that stays on the command's for each would be warned of from the eleventh on. */
function ofOneQuestion(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal]);
}
