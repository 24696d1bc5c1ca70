import type { InfluxDB } from 'influx';
import { loadInflux1Client } from '../process/load-package.cjs';
import { HttpConnection } from './http/connection.ts';
import type { Influx1Settings } from './settings.ts';

/**
 * Makes the official client of InfluxDB 1.x, for what users ask a database themselves. Nothing of ours is written by it:
 * it hides the status of each answer below 300, and reads without end.
 */
export function createInflux1Client(settings: Influx1Settings): InfluxDB {
  const { host, port, ssl, path, dbName, username, password = '' } = settings;
  const { InfluxDB } = loadInflux1Client();
  return new InfluxDB({
    host: host.includes(':') && !host.startsWith('[') ? `[${host}]` : host,
    port,
    protocol: ssl ? 'https' : 'http',
    path,
    database: dbName,
    options: { agent: new HttpConnection(settings).agent },
    // What is missing the client makes `root`. A name of null switches that off, though its types know only text.
    username: username ?? (null as unknown as string),
    password,
  });
}
