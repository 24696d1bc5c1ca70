import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { encodeConfiguration, type Influx1Configuration } from './influx1-configuration.ts';
import { headersOf, queryInfluxQl, type Influx1User, type InfluxRow } from './influx1-query.ts';
import { startServer, type ServerCommand } from './server-process.ts';

/** A real InfluxDB 1.x: Debian's 1.6, or the program that was named. */
export interface Influx1Server {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  createDatabase(name: string): Promise<void>;
  dropDatabase(name: string): Promise<void>;
  /** Runs InfluxQL; tags of a GROUP BY are columns of each row. @throws where InfluxDB refuses it */
  query(database: string, influxql: string): Promise<InfluxRow[]>;
  /** Writes line protocol, and gives what InfluxDB answers. @param precision - nanoseconds by default */
  write(
    database: string,
    lines: string,
    precision?: string,
  ): Promise<{ readonly status: number; readonly body: string }>;
  /** How many points a series has. */
  count(database: string, series: string): Promise<number>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Ends it as an update does. */
  end(): Promise<void>;
  restart(): Promise<void>;
  suspend(): void;
  resume(): void;
}

/** Options of `startInflux1`. */
export interface Influx1Options {
  /** Settings of influxd by section, as in `{ http: { 'max-body-size': 1000 } }`. */
  readonly configuration?: Influx1Configuration | undefined;
  /** The path of another influxd of 1.x. @defaultValue Debian's */
  readonly program?: string | undefined;
  /** Makes it demand this user's name and password. */
  readonly user?: Influx1User | undefined;
}

/**
 * Starts influxd on a free port of 127.0.0.1.
 *
 * @example
 * const influx = await startInflux1();
 * await influx.createDatabase('db');
 */
export async function startInflux1({
  configuration = {},
  program = 'influxd',
  user,
}: Influx1Options = {}): Promise<Influx1Server> {
  const { server, details: port } = await startServer(async () => {
    const free = await freePort();
    return { details: free, command: commandOf(program, free, user !== undefined, configuration) };
  });
  const url = urlOf(port);
  const run = (database: string, influxql: string): Promise<InfluxRow[]> =>
    queryInfluxQl(url, headersOf(user), database, influxql);
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
    write: async (database, lines, precision = 'n') => {
      const address = `${url}/write?db=${encodeURIComponent(database)}&precision=${precision}`;
      const response = await fetch(address, { method: 'POST', headers: headersOf(user), body: lines });
      return { status: response.status, body: await response.text() };
    },
    count: async (database, series) => {
      // Every series of ours has a field in each point; the largest count of a field is that of the points.
      const [row = {}] = await run(database, `SELECT count(*) FROM "${series}"`);
      return Math.max(0, ...Object.entries(row).map(([name, value]) => (name === 'time' ? 0 : Number(value))));
    },
    stop: () => server.stop(),
    kill: () => server.kill(),
    end: () => server.end(),
    restart: () => server.restart(),
    suspend: () => {
      server.suspend();
    },
    resume: () => {
      server.resume();
    },
  };
}

function commandOf(
  program: string,
  port: number,
  hasUser: boolean,
  configuration: Influx1Configuration,
): ServerCommand {
  return {
    program,
    arguments: (folder) => {
      const path = join(folder, 'influx.conf');
      writeFileSync(path, encodeConfiguration({ folder, port, hasUser }, configuration));
      return ['-config', path];
    },
    isReady: async ({ folder, signal }) => {
      const { status } = await fetch(`${urlOf(port)}/ping`, { signal });
      const commandLine = await (await fetch(`${urlOf(port)}/debug/pprof/cmdline`, { signal })).text();
      return status === 204 && commandLine.includes(folder);
    },
  };
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${String(port)}`;
}
