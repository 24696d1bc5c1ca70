import { HttpWire } from './http-wire.ts';
import type { Influx3Settings } from './settings.ts';

/** Writes to InfluxDB 3 by its own address: it stores the good lines of a batch and lists the others. */
export function createInflux3Wire(settings: Influx3Settings): HttpWire {
  const { database, noSync, token } = settings;
  const query = new URLSearchParams({ db: database, precision: 'nanosecond', accept_partial: 'true' });
  if (noSync) query.set('no_sync', 'true');
  return new HttpWire(settings, {
    path: `/api/v3/write_lp?${query.toString()}`,
    authorization: token === '' ? undefined : `Bearer ${token}`,
    credentials: [token],
  });
}
