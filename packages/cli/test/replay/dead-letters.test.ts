import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '@influx-monitoring/core';
import { startInflux1, type Influx1Server } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCaptured, type CapturedRun } from '../support/captured-terminal.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const MAX_BODY_BYTES = 20_000;

let influx: Influx1Server;

beforeAll(async () => {
  influx = await startInflux1();
  await influx.createDatabase('luna');
});

afterAll(() => influx.stop());

/** A service with some points that are larger than its InfluxDB takes. */
async function leaveDeadLetters(spoolFolder: string): Promise<void> {
  const narrow = await startInflux1({ configuration: { http: { 'max-body-size': MAX_BODY_BYTES } } });
  await narrow.createDatabase('luna');
  const monitoring = new LunaRequestInfluxMonitoring({
    credentials: { dbName: 'luna' },
    host: '127.0.0.1',
    port: narrow.port,
    service: 'shop',
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    delivery: { spoolFolder, signals: 'never' },
  });
  const requestIds = ['small', ...['a', 'b', 'c'].map((name) => name + randomBytes(MAX_BODY_BYTES).toString('hex'))];
  for (const requestId of requestIds) {
    const point = new RequestMonitoringPoint({
      executionTime: 0.5,
      method: 'GET',
      requestId,
      requestTime: monitoring.now(),
      resource: '/version',
      service: 'shop',
      statusCode: 200,
    });
    monitoring.addPoints([point]);
  }
  await monitoring.flush();
  await monitoring.stop();
  await narrow.stop();
  expect(monitoring.stats()).toMatchObject({ recorded: 4, delivered: 1, deadLettered: 3 });
}

describe('replay of dead letters', () => {
  it('stores in another database what one refused, as often as it is asked to', async () => {
    const deadLetters = join(makeFolder(), 'dead-letters');
    await leaveDeadLetters(join(deadLetters, '..'));
    const [file = ''] = readdirSync(deadLetters);
    const kept = readFileSync(join(deadLetters, file), 'utf8');
    const replay = (...own: string[]): Promise<CapturedRun> => {
      const environment = { INFLUX_URL: influx.url, INFLUX_DATABASE: 'luna' };
      return runCaptured(['replay', deadLetters, ...own], { environment, folder: makeFolder() });
    };

    expect(await replay('--dry-run')).toMatchObject({
      exitCode: 0,
      output: '3 lines read, 3 would be sent, 0 refused\n',
    });
    for (const run of ['first', 'repeated']) {
      expect(await replay()).toMatchObject({ exitCode: 0, output: '3 lines read, 3 written, 0 refused\n' });
      const rows = await influx.query('luna', 'SELECT * FROM requests');
      expect([run, ...rows.map(({ request_id: id }) => String(id).slice(0, 1))]).toEqual([run, 'a', 'b', 'c']);
      expect(rows[0]).toMatchObject({ route: 'GET:/version', service: 'shop', execution_time: 0.5 });
    }
    expect(readFileSync(join(deadLetters, file), 'utf8')).toBe(kept);
  });
});
