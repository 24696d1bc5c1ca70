import { HttpWire } from './http-wire.ts';
import type { Influx1Settings } from './settings.ts';

/** Writes to InfluxDB 1.x, and to what speaks its `/write`. */
export function createInflux1Wire(settings: Influx1Settings): HttpWire {
  const { dbName, username, password = '' } = settings;
  const query = new URLSearchParams({ db: dbName, precision: 'n' });
  const basic = Buffer.from(`${username ?? ''}:${password}`).toString('base64');
  return new HttpWire(settings, {
    path: `/write?${query.toString()}`,
    authorization: username === undefined ? undefined : `Basic ${basic}`,
    credentials: [password],
  });
}
