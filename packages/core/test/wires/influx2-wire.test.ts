import { startStrictInflux } from '@influx-monitoring/test-servers';
import { describe, expect, it } from 'vitest';
import { Delivery } from '../../src/sending/delivery.ts';
import { createWire } from '../../src/wires/create-wire.ts';
import { Influx2Settings, Influx3Settings } from '../../src/wires/settings.ts';
import { quiet } from '../sending/support/lines.ts';

const GOOD = 'm,t=a f=1 1790000000000000001';
const BAD = 'm,t=a f=NaN 1790000000000000002';

/** What the log says while a server of a version takes a good line and refuses a bad one, twice. */
async function logOf(flavour: '2.7' | '3', version: 2 | 3): Promise<string[]> {
  const influx = await startStrictInflux({ flavour });
  const access = { host: '127.0.0.1', port: influx.port, ssl: false, token: 'token' };
  const wire = createWire(
    version === 3
      ? new Influx3Settings({ ...access, database: 'luna_monitoring' })
      : new Influx2Settings({ ...access, organization: 'luna', bucket: 'luna_monitoring' }),
  );
  const options = quiet();
  const delivery = new Delivery(wire, options);
  for (let round = 0; round < 2; round += 1) {
    delivery.record(GOOD, 'm');
    delivery.record(BAD, 'm');
    await delivery.flush();
  }
  expect(delivery.stats()).toMatchObject({ delivered: 2, deadLettered: 2 });
  await delivery.stop();
  wire.close();
  await influx.stop();
  return options.log.lines.map((line) => line.replace(/:\d+ answers/, ':PORT answers'));
}

describe('the wire of InfluxDB 2', () => {
  it('says once which variable to set where the server answers in the words of InfluxDB 3', async () => {
    const hints = (await logOf('3', 2)).filter((line) => line.includes('MON_VERSION'));
    expect(hints).toEqual([
      'influx-monitoring: http://127.0.0.1:PORT answers as InfluxDB 3 does, and refuses whole batches at the address of ' +
        'version 2: set INFLUX_VERSION=3, so that it names the lines that it refuses and stores the others [MON_VERSION]',
    ]);
  });

  it.each([
    ['2.7', 2],
    ['3', 3],
  ] as const)('says nothing of it where the server is of version %s, as configured', async (flavour, version) => {
    const log = await logOf(flavour, version);
    expect(log.join('\n')).toContain('MON_REFUSED');
    expect(log.join('\n')).not.toContain('MON_VERSION');
  });
});
