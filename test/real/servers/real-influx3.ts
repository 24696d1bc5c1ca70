import { join } from 'node:path';
import { freePort, queryInfluxQl, startServer, type ServerCommand } from '@influx-monitoring/test-servers';
import { askJson, largestCount, writeLines, type RealInflux, type RealInfluxOptions } from './real-influx.ts';

/** Starts an InfluxDB 3 with an administrator's token. It tells nobody of its use. */
export async function startRealInflux3({ dataFolder, program }: RealInfluxOptions): Promise<RealInflux> {
  const { server, details: port } = await startServer(async () => {
    const free = await freePort();
    return { details: free, command: commandOf(program, free, dataFolder) };
  });
  const url = `http://127.0.0.1:${String(port)}`;
  // The format of POST /api/v3/configure/token/admin, which gives the first token without one.
  const { token } = (await askJson(`${url}/api/v3/configure/token/admin`, {}, 'POST')) as { readonly token: string };
  const headers = { authorization: `Bearer ${token}` };
  const ask = (method: string, path: string, body?: object): Promise<unknown> =>
    askJson(`${url}${path}`, headers, method, body);
  return {
    version: 3,
    port,
    url,
    get pid() {
      return server.pid;
    },
    ask,
    createDatabase: async (name, retentionHours) => {
      const retention = retentionHours === undefined ? {} : { retention_period: `${String(retentionHours)}h` };
      await ask('POST', '/api/v3/configure/database', { db: name, ...retention });
    },
    dropDatabase: async (name) => {
      await ask('DELETE', `/api/v3/configure/database?db=${name}`);
    },
    query: (database, influxql) => queryInfluxQl(url, headers, database, influxql),
    write: (database, lines, precision = 'nanosecond') =>
      writeLines(`${url}/api/v3/write_lp?db=${database}&precision=${precision}`, headers, lines),
    count: async (database, series) => {
      const [row] = await queryInfluxQl(url, headers, database, `SELECT count(*) FROM "${series}"`);
      return largestCount(row);
    },
    options: (database) => ({ url, version: 3, credentials: { database, token } }),
    environment: (database) => ({
      INFLUX_URL: url,
      INFLUX_VERSION: '3',
      INFLUX_DATABASE: database,
      INFLUX_TOKEN: token,
      INFLUX_ADMIN_TOKEN: token,
    }),
    release: async () => {
      const response = await fetch(`${url}/ping`, { headers });
      return response.headers.get('x-influxdb-version') ?? 'without a name';
    },
    kill: () => server.kill(),
    end: () => server.end(),
    restart: () => server.restart(),
    suspend: () => {
      server.suspend();
    },
    resume: () => {
      server.resume();
    },
    stop: () => server.stop(),
  };
}

function commandOf(program: string, port: number, dataFolder: string | undefined): ServerCommand {
  return {
    program,
    arguments: (folder) => [
      ...['serve', '--node-id', 'real', '--object-store', 'file'],
      ...['--data-dir', join(dataFolder ?? folder, 'data')],
      ...['--http-bind', `127.0.0.1:${String(port)}`],
      '--disable-telemetry-upload',
    ],
    isReady: async ({ signal }) => {
      // Without a token it is a 401, once it answers.
      const { status } = await fetch(`http://127.0.0.1:${String(port)}/health`, { signal });
      return status === 200 || status === 401;
    },
  };
}
