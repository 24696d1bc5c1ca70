import { join } from 'node:path';
import { startInflux1 } from '@influx-monitoring/test-servers';
import { askJson, type RealInflux, type RealInfluxOptions } from './real-influx.ts';

const USER = { name: 'administrator', password: 'secret' };

/** Starts an InfluxDB 1.x that asks for a user, and has one who may do everything. */
export async function startRealInflux1({ dataFolder, program }: RealInfluxOptions): Promise<RealInflux> {
  const configuration =
    dataFolder === undefined
      ? {}
      : {
          meta: { dir: join(dataFolder, 'meta') },
          data: { dir: join(dataFolder, 'data'), 'wal-dir': join(dataFolder, 'wal') },
        };
  const server = await startInflux1({ configuration, program, user: USER });
  const authorization = `Basic ${Buffer.from(`${USER.name}:${USER.password}`).toString('base64')}`;
  const options: RealInflux['options'] = (database) => ({
    url: server.url,
    version: 1,
    credentials: { dbName: database, username: USER.name, password: USER.password },
  });
  // Not spread: the pid is another after each restart.
  return Object.assign(Object.create(server) as typeof server, {
    version: 1 as const,
    createDatabase: async (name: string, retentionHours?: number) => {
      const duration = retentionHours === undefined ? '' : ` WITH DURATION ${String(retentionHours)}h`;
      await server.query('', `CREATE DATABASE "${name}"${duration}`);
    },
    options,
    environment: (database: string) => ({
      INFLUX_URL: server.url,
      INFLUX_VERSION: '1',
      INFLUX_DATABASE: database,
      INFLUX_USERNAME: USER.name,
      INFLUX_PASSWORD: USER.password,
      INFLUX_ADMIN_USERNAME: USER.name,
      INFLUX_ADMIN_PASSWORD: USER.password,
    }),
    release: async () => {
      const response = await fetch(`${server.url}/ping`);
      return response.headers.get('x-influxdb-version') ?? 'without a name';
    },
    ask: (method: string, path: string, body?: object) =>
      askJson(`${server.url}${path}`, { authorization }, method, body),
  });
}
