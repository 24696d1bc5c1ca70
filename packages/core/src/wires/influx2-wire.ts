import { HttpWire } from './http-wire.ts';
import type { Influx2Settings } from './settings.ts';

/** Writes to InfluxDB 2.x, and to what speaks its `/api/v2/write`. */
export function createInflux2Wire(settings: Influx2Settings): HttpWire {
  const { bucket, organization, token } = settings;
  const query = new URLSearchParams({ org: organization, bucket, precision: 'ns' });
  return new HttpWire(settings, {
    path: `/api/v2/write?${query.toString()}`,
    authorization: `Token ${token}`,
    // 1.8 and VictoriaMetrics take `user:password` as a token.
    credentials: [token, token.slice(token.indexOf(':') + 1)],
  });
}
