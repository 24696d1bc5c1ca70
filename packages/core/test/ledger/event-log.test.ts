import { startInflux1, type Influx1Server } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '../../src/index.ts';
import { KeptLog } from '../sending/support/lines.ts';

const USER = { name: 'writer', password: 'the-right-passw0rd' };
const WRONG_PASSWORD = 'the-wrong-passw0rd';

describe('a line of log about a real InfluxDB', () => {
  let influx: Influx1Server;

  beforeAll(async () => {
    influx = await startInflux1({ user: USER });
  });

  afterAll(() => influx.stop());

  it('names the address, its answer, what waits and the next step, and no credential', async () => {
    await influx.createDatabase('luna');
    const log = new KeptLog();
    const monitoring = new LunaRequestInfluxMonitoring({
      credentials: { dbName: 'luna', username: USER.name, password: WRONG_PASSWORD },
      delivery: { signals: 'never' },
      logger: log,
      service: 'shop',
      url: influx.url,
    });
    const request = { method: 'GET', requestId: 'id-of-request', resource: '/api', service: 'shop', statusCode: 200 };
    for (let index = 0; index < 43; index += 1) {
      monitoring.addPoints([
        new RequestMonitoringPoint({ ...request, executionTime: 0.1, requestTime: monitoring.now() }),
      ]);
    }
    await monitoring.flush();
    await monitoring.stop({ timeoutMs: 1 });
    expect(log.lines[0]).toMatch(
      new RegExp(
        `^influx-monitoring: InfluxDB ${influx.url} refuses the credentials until someone acts \\(HTTP 401: authorization failed\\); ` +
          '43 points wait, the oldest for (less than 1|\\d+) s; 32 MiB of memory (can hold more|is full in .* at this rate); ' +
          'run `npx @influx-monitoring/cli doctor` \\[MON_NEEDS_OPERATOR\\]$',
      ),
    );
    for (const hidden of [WRONG_PASSWORD, Buffer.from(`${USER.name}:${WRONG_PASSWORD}`).toString('base64'), 'id-of-']) {
      expect(log.lines.join('\n')).not.toContain(hidden);
    }
  });
});
