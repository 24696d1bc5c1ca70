import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { ServerProcess } from './server-process.ts';

/** A row of an answer: a column is text, a number, true or false; `time` is text, since it has more digits than a number holds. */
export type InfluxRow = Readonly<Record<string, string | number | boolean | null>>;

/** A real InfluxDB 1.6. */
export interface Influx1Server {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  createDatabase(name: string): Promise<void>;
  dropDatabase(name: string): Promise<void>;
  /** Runs InfluxQL; tags of a GROUP BY are columns of each row. */
  query(database: string, influxql: string): Promise<InfluxRow[]>;
  /** How many points a series has. */
  count(database: string, series: string): Promise<number>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
  suspend(): void;
  resume(): void;
}

/** Options of `startInflux1`. */
export interface Influx1Options {
  /** Makes it demand this user's name and password. */
  readonly user?: { readonly name: string; readonly password: string } | undefined;
}

interface QueryAnswer {
  readonly error?: string;
  readonly results?: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly columns: readonly string[];
      readonly tags?: Readonly<Record<string, string>>;
      readonly values?: readonly (readonly (string | number | boolean | null)[])[];
    }[];
  }[];
}

/** Starts influxd on free ports of 127.0.0.1. */
export async function startInflux1({ user }: Influx1Options = {}): Promise<Influx1Server> {
  const port = await freePort();
  const rpcPort = await freePort();
  const url = `http://127.0.0.1:${String(port)}`;
  const server = new ServerProcess({
    program: 'influxd',
    arguments: (folder) => {
      const path = join(folder, 'influx.conf');
      writeFileSync(path, configuration(folder, port, rpcPort, user !== undefined));
      return ['-config', path];
    },
    isReady: async () => (await fetch(`${url}/ping`)).status === 204,
  });
  await server.start();
  const run = (database: string, influxql: string): Promise<InfluxRow[]> => query(url, user, database, influxql);
  if (user !== undefined)
    await run('', `CREATE USER "${user.name}" WITH PASSWORD '${user.password}' WITH ALL PRIVILEGES`);
  return {
    port,
    url,
    get pid() {
      return server.pid;
    },
    createDatabase: async (name) => {
      await run('', `CREATE DATABASE "${name}"`);
    },
    dropDatabase: async (name) => {
      await run('', `DROP DATABASE "${name}"`);
    },
    query: run,
    count: async (database, series) => {
      // Every series of ours has a field in each point; the largest count of a field is that of the points.
      const [row = {}] = await run(database, `SELECT count(*) FROM "${series}"`);
      return Math.max(0, ...Object.entries(row).map(([name, value]) => (name === 'time' ? 0 : Number(value))));
    },
    stop: () => server.stop(),
    kill: () => server.kill(),
    restart: () => server.restart(),
    suspend: () => {
      server.suspend();
    },
    resume: () => {
      server.resume();
    },
  };
}

async function query(
  url: string,
  user: Influx1Options['user'],
  database: string,
  influxql: string,
): Promise<InfluxRow[]> {
  const response = await fetch(`${url}/query`, {
    method: 'POST',
    headers: user === undefined ? {} : { authorization: `Basic ${btoa(`${user.name}:${user.password}`)}` },
    body: new URLSearchParams({ db: database, q: influxql, epoch: 'ns' }),
  });
  // A time of 19 digits loses some as a number of JSON: make it text first.
  const text = (await response.text()).replace(/\[(-?\d{17,19})([,\]])/g, '["$1"$2');
  const answer = JSON.parse(text) as QueryAnswer; // The format of /query of InfluxDB 1.x.
  const error = answer.error ?? answer.results?.find((result) => result.error !== undefined)?.error;
  if (error !== undefined) throw new Error(`InfluxDB: ${error} (${influxql})`);
  return (answer.results ?? []).flatMap(({ series = [] }) =>
    series.flatMap(({ columns, tags = {}, values = [] }) =>
      values.map((row): InfluxRow => {
        const named = columns.map((column, index) => [column, row[index] ?? null] as const);
        return { ...tags, ...Object.fromEntries(named) };
      }),
    ),
  );
}

function configuration(folder: string, port: number, rpcPort: number, isAuthOn: boolean): string {
  return `
reporting-disabled = true
bind-address = "127.0.0.1:${String(rpcPort)}"
[meta]
  dir = "${join(folder, 'meta')}"
[data]
  dir = "${join(folder, 'data')}"
  wal-dir = "${join(folder, 'wal')}"
  query-log-enabled = false
  max-series-per-database = 0
  max-values-per-tag = 0
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${String(port)}"
  auth-enabled = ${String(isAuthOn)}
  log-enabled = false
[logging]
  level = "warn"
`;
}
