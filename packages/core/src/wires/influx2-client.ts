import type { InfluxDB } from '@influxdata/influxdb-client';
import { loadInflux2Client } from '../process/load-package.cjs';
import { HttpConnection } from './http/connection.ts';
import type { Influx2Settings } from './settings.ts';

/**
 * Makes the official client of InfluxDB 2.x, for what users ask a database themselves. Nothing of ours is written by it:
 * it reads errors without end, and its buffers and retries lose points.
 */
export function createInflux2Client(settings: Influx2Settings): InfluxDB {
  const { InfluxDB } = loadInflux2Client();
  const { agent } = new HttpConnection(settings);
  return new InfluxDB({ url: settings.url, token: settings.token, transportOptions: { agent } });
}
