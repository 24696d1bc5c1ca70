import { randomBytes } from 'node:crypto';
import {
  startInflux1,
  startStrictInflux,
  startVictoriaMetrics,
  type Influx1Server,
  type VictoriaMetricsServer,
} from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Influx1MonitoringAdapter,
  Influx1Settings,
  Influx2MonitoringAdapter,
  Influx2Settings,
  LunaRequestInfluxMonitoring,
  RequestMonitoringPoint,
  WSRequestPoint,
  type Batch,
} from '@influx-monitoring/core';
import { batchOfText } from '@influx-monitoring/core/internal';

const USER = { name: 'luna', password: 'p:"w d' };
const never = (): AbortSignal => new AbortController().signal;

function batchOf(...lines: string[]): Batch {
  return batchOfText(lines.join('\n'));
}

describe('Influx1MonitoringAdapter with a real InfluxDB 1.6 that demands a password', () => {
  let influx: Influx1Server;

  beforeAll(async () => {
    influx = await startInflux1({ user: USER });
    await influx.createDatabase('db');
  });

  afterAll(() => influx.stop());

  function create(dbName = 'db', password = USER.password): Influx1MonitoringAdapter {
    const address = { host: '127.0.0.1', port: influx.port, ssl: false };
    return new Influx1MonitoringAdapter({
      settings: new Influx1Settings({ ...address, dbName, username: USER.name, password }),
    });
  }

  it('stores a batch, each point with its time', async () => {
    const adapter = create();
    expect(
      await adapter.write(batchOf('m,t=ä f=1 1790000000000000001', 'm,t=ä f=2 1790000000000000002'), never()),
    ).toEqual({
      kind: 'delivered',
    });
    adapter.close();
    expect(await influx.query('db', 'SELECT t, f FROM m')).toEqual([
      { time: '1790000000000000001', t: 'ä', f: 1 },
      { time: '1790000000000000002', t: 'ä', f: 2 },
    ]);
  });

  it('learns of a wrong password and of a missing database', async () => {
    const wrong = create('db', 'wrong');
    expect(await wrong.write(batchOf('m f=1 1'), never())).toMatchObject({ kind: 'retry', needsOperator: true });
    wrong.close();
    const missing = create('missing');
    expect(await missing.write(batchOf('m f=1 1'), never())).toMatchObject({
      kind: 'retry',
      needsOperator: true,
      reason: expect.stringContaining('database not found') as string,
    });
    missing.close();
  });

  it('learns which lines a batch lost, with the others stored', async () => {
    const adapter = create();
    const batch = batchOf('p f=1 1', 'p f=NaN 2', 'p f=3 3', 'p 4', 'p f=5 5');
    expect(await adapter.write(batch, never())).toMatchObject({
      kind: 'refused',
      refusedLines: [{ index: 1 }, { index: 3 }],
    });
    expect(await influx.count('db', 'p')).toBe(3);
    const conflict = batchOf('p f=6 6', 'p f="x" 7', 'p f="y" 8');
    expect(await adapter.write(conflict, never())).toMatchObject({ kind: 'refused' });
    expect(await influx.count('db', 'p')).toBe(4);
    const bad = batchOf('p f=NaN 9', 'p f=nan 10');
    expect(await adapter.write(bad, never())).toMatchObject({
      kind: 'refused',
      refusedLines: [{ index: 0 }, { index: 1 }],
    });
    adapter.close();
  });

  it('is told to send less by a body above the limit', async () => {
    const adapter = create();
    // The limit is on what comes over the wire, so that it must not be packed well.
    const lines = `m,t=x f="${randomBytes(25_500_000).toString('base64')}" 1`;
    expect(await adapter.write(batchOfText(lines), never())).toMatchObject({ kind: 'split' });
    adapter.close();
  });

  it('carries the points of a monitoring, flushed by its scheduler, into their series', async () => {
    const monitoring = new LunaRequestInfluxMonitoring({
      url: influx.url,
      credentials: { dbName: 'db', username: USER.name, password: USER.password },
      flushingPeriod: 0.05,
    });
    expect(monitoring.adapter).toBeInstanceOf(Influx1MonitoringAdapter);
    monitoring.addPoints([
      new WSRequestPoint({ eventTime: 1_790_000_000, requestId: 'r', transportTime: 0.25, accountId: 'none' }),
    ]);
    await monitoring.stop();
    expect(monitoring.stats()).toMatchObject({ recorded: 1, delivered: 1, pending: 0, dropped: 0 });
    const [row] = await influx.query('db', 'SELECT * FROM ws_requests');
    expect(row).toEqual({
      time: `1790000000000000${String(monitoring.stats().lane).padStart(3, '0')}`,
      account_id: 'none',
      service: 'luna-sender',
      request_id: 'r',
      transport_time: 0.25,
    });
  });
});

describe('Influx2MonitoringAdapter with VictoriaMetrics', () => {
  let victoria: VictoriaMetricsServer;

  beforeAll(async () => {
    victoria = await startVictoriaMetrics();
  });

  afterAll(() => victoria.stop());

  it('brings 200,000 points over /api/v2/write', { timeout: 60_000 }, async () => {
    const monitoring = new LunaRequestInfluxMonitoring({
      url: victoria.url,
      credentials: { organization: 'o', bucket: 'b', token: 't' },
    });
    expect(monitoring.adapter).toBeInstanceOf(Influx2MonitoringAdapter);
    const init = { requestId: 'r', resource: '/', method: 'GET', service: 's', executionTime: 0.001 };
    for (let batch = 0; batch < 40; batch += 1) {
      const points = Array.from(
        { length: 5000 },
        (_, index) =>
          new RequestMonitoringPoint({ ...init, requestTime: monitoring.now(), statusCode: 200 + (index % 5) }),
      );
      monitoring.addPoints(points);
      await monitoring.flush();
    }
    await monitoring.stop();
    expect(monitoring.stats()).toMatchObject({ recorded: 200_000, delivered: 200_000, dropped: 0 });
    // A string field is a row too, and is made 0.
    expect(await victoria.metric('vm_rows_inserted_total{type="influx"}')).toBe(400_000);
    expect(await victoria.metric('vm_rows_invalid_total{type="influx"}')).toBe(0);
  });
});

describe.each(['2.7', '3'] as const)('Influx2MonitoringAdapter with a strict InfluxDB %s', (flavour) => {
  it('stores what we write and learns what is wrong', async () => {
    const influx = await startStrictInflux({ flavour, token: 'right', organization: 'luna', bucket: 'b' });
    const create = (
      over: { token?: string; bucket?: string; organization?: string } = {},
    ): Influx2MonitoringAdapter => {
      const access = { token: 'right', bucket: 'b', organization: flavour === '3' ? '' : 'luna', ...over };
      return new Influx2MonitoringAdapter({
        settings: new Influx2Settings({ host: '127.0.0.1', port: influx.port, ssl: false, ...access }),
      });
    };
    const good = batchOf('m,t=a f=1 1790000000000000001', 'm,t=a f=2 1790000000000000002');
    expect(await create().write(good, never())).toEqual({ kind: 'delivered' });
    expect(influx.writtenCount).toBe(2);
    const operator = { kind: 'retry', needsOperator: true };
    expect(await create({ token: 'wrong' }).write(good, never())).toMatchObject(operator);
    expect(await create({ bucket: 'wrong' }).write(good, never())).toMatchObject(operator);
    const bad = batchOf('m,t=a f=3 3', 'm,t=a f=NaN 4', 'm,t=a f=5 5');
    const conflict = batchOf('m,t=a f=6 6', 'm,t=a f="x" 7');
    if (flavour === '3') {
      // Over the address of 2.x, 3 refuses the whole batch for one such line, and names none.
      const reason = 'HTTP 400: write buffer error: parsing for line protocol failed';
      expect(await create().write(bad, never())).toEqual({ kind: 'refused', reason });
      expect(await create().write(conflict, never())).toEqual({ kind: 'refused', reason });
      expect(influx.writtenCount).toBe(2);
    } else {
      expect(await create().write(bad, never())).toMatchObject({ kind: 'refused', refusedLines: [{ index: 1 }] });
      expect(await create().write(conflict, never())).toMatchObject({ kind: 'refused' });
      expect(influx.writtenCount).toBe(3);
    }
    await influx.stop();
  });
});
