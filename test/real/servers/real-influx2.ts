import { join } from 'node:path';
import { freePort, queryInfluxQl, startServer, type ServerCommand } from '@influx-monitoring/test-servers';
import { askJson, largestCount, writeLines, type RealInflux, type RealInfluxOptions } from './real-influx.ts';

export const ORGANIZATION = 'luna';

const ADMIN_TOKEN = 'token-of-the-administrator';
const FIRST_BUCKET = 'first';

/** Starts an InfluxDB 2.x, set up, with a token that may do everything. It tells nobody of its use. */
export async function startRealInflux2({ dataFolder, program }: RealInfluxOptions): Promise<RealInflux> {
  const { server, details: port } = await startServer(async () => {
    const free = await freePort();
    return { details: free, command: commandOf(program, free, dataFolder) };
  });
  const url = `http://127.0.0.1:${String(port)}`;
  const headers = { authorization: `Token ${ADMIN_TOKEN}` };
  const ask = (method: string, path: string, body?: object): Promise<unknown> =>
    askJson(`${url}${path}`, headers, method, body);
  await askJson(`${url}/api/v2/setup`, {}, 'POST', {
    username: 'administrator',
    password: 'secret-password',
    org: ORGANIZATION,
    bucket: FIRST_BUCKET,
    token: ADMIN_TOKEN,
  });
  const orgID = await idOf(ask, 'orgs', `org=${ORGANIZATION}`);
  return {
    version: 2,
    port,
    url,
    get pid() {
      return server.pid;
    },
    ask,
    createDatabase: async (name, retentionHours) => {
      const rule = { type: 'expire', everySeconds: (retentionHours ?? 0) * 3600, shardGroupDurationSeconds: 3600 };
      const retentionRules = retentionHours === undefined ? [] : [rule];
      await ask('POST', '/api/v2/buckets', { orgID, name, retentionRules });
    },
    dropDatabase: async (name) => {
      await ask('DELETE', `/api/v2/buckets/${await idOf(ask, 'buckets', `name=${name}`)}`);
    },
    query: (database, influxql) => queryInfluxQl(url, headers, database, influxql),
    write: (database, lines, precision = 'ns') =>
      writeLines(`${url}/api/v2/write?org=${ORGANIZATION}&bucket=${database}&precision=${precision}`, headers, lines),
    count: async (database, series) => {
      const [row] = await queryInfluxQl(url, headers, database, `SELECT count(*) FROM "${series}"`);
      return largestCount(row);
    },
    options: (database) => ({
      url,
      version: 2,
      credentials: { organization: ORGANIZATION, bucket: database, token: ADMIN_TOKEN },
    }),
    environment: (database) => ({
      INFLUX_URL: url,
      INFLUX_ORG: ORGANIZATION,
      INFLUX_BUCKET: database,
      INFLUX_TOKEN: ADMIN_TOKEN,
      INFLUX_ADMIN_TOKEN: ADMIN_TOKEN,
    }),
    release: async () => {
      const response = await fetch(`${url}/ping`);
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

/** The id of an organization or a bucket. @throws where there is none */
export async function idOf(ask: RealInflux['ask'], kind: 'orgs' | 'buckets', query: string): Promise<string> {
  // The format of these lists: GET /api/v2/orgs, GET /api/v2/buckets.
  const answer = (await ask('GET', `/api/v2/${kind}?${query}`)) as Record<string, { readonly id: string }[]>;
  const [entry] = answer[kind] ?? [];
  if (entry === undefined) throw new Error(`there is nothing for ${query} in ${kind}`);
  return entry.id;
}

function commandOf(program: string, port: number, dataFolder: string | undefined): ServerCommand {
  return {
    program,
    arguments: (folder) => {
      const data = dataFolder ?? folder;
      return [
        ...['--http-bind-address', `127.0.0.1:${String(port)}`],
        ...['--bolt-path', join(data, 'influxd.bolt')],
        ...['--sqlite-path', join(data, 'influxd.sqlite')],
        ...['--engine-path', join(data, 'engine')],
        ...['--reporting-disabled', '--log-level', 'warn'],
      ];
    },
    isReady: async ({ signal }) => {
      const { status } = await fetch(`http://127.0.0.1:${String(port)}/health`, { signal });
      return status === 200;
    },
  };
}
