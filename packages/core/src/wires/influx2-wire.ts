import { HttpWire } from './http-wire.ts';
import type { Influx2Settings } from './settings.ts';

/** Only InfluxDB 3 says so, where it refuses a write at the address of 2.x. */
const WORDS_OF_3 = 'write buffer error';

const HINT_OF_3 =
  'answers as InfluxDB 3 does, and refuses whole batches at the address of version 2: set INFLUX_VERSION=3, ' +
  'so that it names the lines that it refuses and stores the others';

/** Writes to InfluxDB 2.x, and to what speaks its `/api/v2/write`. */
export function createInflux2Wire(settings: Influx2Settings): HttpWire {
  const { bucket, organization, token } = settings;
  const query = new URLSearchParams({ org: organization, bucket, precision: 'ns' });
  return new HttpWire(settings, {
    path: `/api/v2/write?${query.toString()}`,
    authorization: `Token ${token}`,
    // 1.8 and VictoriaMetrics take `user:password` as a token.
    credentials: [token, token.slice(token.indexOf(':') + 1)],
    hintOf: (reason) => (reason.includes(WORDS_OF_3) ? `${settings.url} ${HINT_OF_3}` : undefined),
  });
}
