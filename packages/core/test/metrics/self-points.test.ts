import { startInflux1 } from '@influx-monitoring/test-servers';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createMonitoring,
  decodeLine,
  LunaRequestInfluxMonitoring,
  type MonitoringOptions,
  type StoredPoint,
} from '@influx-monitoring/core';
import { selfFieldsOf } from '@influx-monitoring/core/internal';

const quietLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };

function monitor(options: MonitoringOptions): LunaRequestInfluxMonitoring {
  const monitoring = new LunaRequestInfluxMonitoring({ logger: quietLogger, ...options });
  onTestFinished(async () => {
    await monitoring.stop({ timeoutMs: 0 });
  });
  return monitoring;
}

/** The next points that are recorded. */
function nextPoints(monitoring: LunaRequestInfluxMonitoring, count: number): Promise<StoredPoint[]> {
  return new Promise((resolve) => {
    const points: StoredPoint[] = [];
    const leave = monitoring.observeLines({
      onLine: (line) => {
        if (points.push(decodeLine(line)) < count) return;
        leave();
        resolve(points);
      },
      onStop: () => undefined,
    });
  });
}

describe('the series `monitoring`', () => {
  it('is recorded as often as selfPeriodSeconds says, and is all that comes of itself', async () => {
    const monitoring = monitor({ selfPeriodSeconds: 0.1, service: 'shop' });
    const [first, second, third] = await nextPoints(monitoring, 3);
    const names = Object.keys(selfFieldsOf(monitoring.stats()));
    expect(first).toMatchObject({
      series: 'monitoring',
      tags: { service: 'shop', pid: String(process.pid), thread: String(0) },
    });
    expect(Object.keys(first?.fields ?? {}).sort()).toEqual(names.sort());
    // Each counts those before it, not itself.
    expect([first, second, third].map((point) => point?.fields['recorded'])).toEqual([0n, 1n, 2n]);
    expect((second?.time ?? 0) - (first?.time ?? 0)).toBeGreaterThan(0.05);
  });

  it('shows an outage, from the other side of it', async () => {
    const influx = await startInflux1();
    onTestFinished(() => influx.stop());
    await influx.createDatabase('shop');
    await influx.kill();
    const delivery = { minRetryDelayMs: 50, maxRetryDelayMs: 50 };
    const monitoring = monitor({
      credentials: { dbName: 'shop' },
      delivery,
      flushingPeriod: 0.05,
      host: '127.0.0.1',
      port: influx.port,
      selfPeriodSeconds: 0.1,
    });
    await nextPoints(monitoring, 5);
    await influx.restart();
    const { lost } = await monitoring.stop();
    expect(lost).toBe(0);
    const { recorded, delivered } = monitoring.stats();
    expect(delivered).toBe(recorded);
    const rows = await influx.query('shop', 'SELECT recorded, pending, retries FROM monitoring');
    expect(rows).toHaveLength(recorded);
    expect(rows[4]).toMatchObject({ recorded: 4, pending: 4 });
    expect(rows[4]?.['retries']).toBeGreaterThan(0);
  });

  it('ends with the monitoring, so none is lost for being late', async () => {
    const monitoring = monitor({ selfPeriodSeconds: 0.1 });
    await nextPoints(monitoring, 1);
    await monitoring.stop();
    const { recorded } = monitoring.stats();
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(monitoring.stats()).toMatchObject({ recorded, dropped: 0 });
  });

  it('is not recorded where monitoring is switched off, or nobody asks', async () => {
    const off = monitor({ enabled: false, selfPeriodSeconds: 0.1 });
    const unasked = monitor({});
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect([off.stats().recorded, unasked.stats().recorded]).toEqual([0, 0]);
  });

  it.each([0.05, 4000, '1'])('cannot be asked for every %s seconds', (selfPeriodSeconds) => {
    expect(() => createMonitoring({ selfPeriodSeconds: selfPeriodSeconds as number })).toThrow(/selfPeriodSeconds/);
  });
});
