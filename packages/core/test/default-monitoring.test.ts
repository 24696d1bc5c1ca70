import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import * as source from '@influx-monitoring/core';
import { processClock } from '../src/clock/clock.ts';
import { processWide } from '../src/process/process-wide.ts';
import { bundle } from './support/bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'influx-monitoring-default-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** As in a fresh process; undone at the end of the scope. */
function forgetDefaultService(): Disposable {
  const told = processWide('core.default-service-told', 1, () => ({ isTold: false }));
  const { isTold } = told;
  told.isTold = false;
  return {
    [Symbol.dispose]: () => {
      told.isTold = isTold;
    },
  };
}

describe('createMonitoring', () => {
  it('reads code, environment and file, and sends where they say', async () => {
    writeFileSync(
      join(folder, '.influx-monitoringrc.json'),
      JSON.stringify({ monitoring: { service: 'file', lane: 77 } }),
    );
    const environment = { INFLUX_DATABASE: 'db', MONITORING_FLUSHING_PERIOD: '5' };
    await using monitoring = source.createMonitoring({ host: 'influx' }, { environment, folder });
    expect(monitoring.service).toBe('file');
    expect(monitoring.flushingPeriod).toBe(5);
    expect(monitoring.stats().lane).toBe(77);
    expect(monitoring.settings).toEqual(
      new source.Influx1Settings({ host: 'influx', port: 8086, ssl: false, dbName: 'db' }),
    );
    rmSync(join(folder, '.influx-monitoringrc.json'));
  });

  it('says in one line that points stay in memory, where nothing is configured', async () => {
    const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    await using monitoring = source.createMonitoring({ logger }, { environment: {}, folder });
    expect(monitoring.settings).toBeUndefined();
    expect(logger.info.mock.calls).toEqual([[expect.stringMatching(/^influx-monitoring: no InfluxDB is configured/)]]);
    expect(logger.warn).not.toHaveBeenCalled();
  });

  it('says nothing where it is switched off, or a database is configured', async () => {
    const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const credentials = { dbName: 'db' };
    await using off = source.createMonitoring({ logger, enabled: false }, { environment: {}, folder });
    await using on = source.createMonitoring({ logger, credentials }, { environment: {}, folder });
    expect([off.isEnabled, on.isEnabled]).toEqual([false, true]);
    expect(logger.info).not.toHaveBeenCalled();
  });

  it('warns once of points that go to a database under the name that everybody has', async () => {
    const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const make = (
      options: { service?: string },
      environment: Record<string, string>,
    ): source.LunaRequestInfluxMonitoring =>
      source.createMonitoring(
        { logger, ...options },
        { environment: { MONITORING_LANE: '7', ...environment }, folder },
      );
    // Of this process nobody else may have been told.
    using untold = forgetDefaultService();
    expect(untold).toBeDefined();
    await using inMemory = make({}, {});
    await using named = make({ service: 'luna-sender' }, { INFLUX_DATABASE: 'db' });
    await using off = make({}, { INFLUX_DATABASE: 'db', MONITORING_ENABLED: 'false' });
    expect([inMemory, named, off].map(({ service }) => service)).toEqual(Array(3).fill('luna-sender'));
    expect(logger.warn).not.toHaveBeenCalled();
    await using first = make({}, { INFLUX_DATABASE: 'db' });
    await using second = make({}, { INFLUX_DATABASE: 'db' });
    expect([first, second].map(({ service }) => service)).toEqual(['luna-sender', 'luna-sender']);
    expect(logger.warn.mock.calls).toEqual([
      [
        expect.stringMatching(
          /^influx-monitoring: no service name is set.* luna-sender; set MONITORING_SERVICE \[MON_DEFAULT_SERVICE\]$/,
        ),
      ],
    ]);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('a logger of the user');
      },
    ],
    ['rejects', () => Promise.reject(new Error('a logger of the user'))],
  ])('is made whatever the logger does with its lines: one that %s', async (_what, fail) => {
    const log = vi.fn(fail as () => undefined);
    const logger = { info: log, warn: log, error: log };
    await using monitoring = source.createMonitoring({ logger }, { environment: { INFLUX_DATABSE: 'db' }, folder });
    expect(monitoring.isEnabled).toBe(true);
    expect(log.mock.calls).toEqual([
      [expect.stringContaining('INFLUX_DATABSE')],
      [expect.stringContaining('no InfluxDB is configured')],
    ]);
  });

  it('fails at start for what is wrong', () => {
    expect(() => source.createMonitoring({}, { environment: { INFLUX_TOKEN: 't' }, folder })).toThrow('INFLUX_BUCKET');
  });
});

describe('what is one for the process', () => {
  type Copy = typeof source;
  let copies: Copy[];

  beforeAll(async () => {
    const entry = new URL('../src/index.ts', import.meta.url);
    bundle(entry, join(folder, 'index.mjs'));
    bundle(entry, join(folder, 'index.cjs'), 'cjs');
    const esm = (await import(pathToFileURL(join(folder, 'index.mjs')).href)) as Copy; // both are built from the source
    const cjs = createRequire(import.meta.url)(join(folder, 'index.cjs')) as Copy;
    copies = [source, esm, cjs];
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('is loaded three times, as a process may have an ESM and a CommonJS copy', () => {
    expect(new Set(copies.map(({ MonitoringError }) => MonitoringError)).size).toBe(3);
  });

  it('is the default monitoring, made on first use', () => {
    const info = vi.spyOn(console, 'info').mockReturnValue(undefined);
    const [first, ...others] = copies.map((copy) => copy.defaultMonitoring());
    expect(others).toEqual([first, first]);
    expect(others.every((other) => other === first)).toBe(true);
    expect(info).toHaveBeenCalledTimes(1);
    info.mockReset().mockRestore();
  });

  it('is the clock: copies share its lane and its used slots', async () => {
    const point = { eventTime: processClock().now(), requestId: 'r', transportTime: 1, accountId: 'a' };
    const stamps: bigint[] = [];
    for (const copy of copies) {
      const monitoring = new copy.LunaRequestInfluxMonitoring();
      monitoring.addPoints(Array.from({ length: 100 }, () => new copy.WSRequestPoint(point)));
      await monitoring.flush();
      const { adapter } = monitoring;
      if (!(adapter instanceof copy.MemoryMonitoringAdapter)) throw new Error('expected the embedded store');
      stamps.push(...adapter.client.points().map(({ stamp }) => stamp));
      await monitoring.stop();
    }
    expect(new Set(stamps).size).toBe(300);
    expect(new Set(stamps.map((stamp) => stamp % 1000n)).size).toBe(1);
  });

  it('is the context of a message', () => {
    const context = { channel: 'c', receivedAt: 1, receivedAtMs: 1, requestId: 'r' };
    const seen = source.runWithMessage(context, () => copies.map((copy) => copy.currentMessage()));
    expect(seen).toEqual([context, context, context]);
    expect(source.currentMessage()).toBeUndefined();
  });

  it('takes points of classes of another copy', async () => {
    const [, esm] = copies;
    if (esm === undefined) throw new Error('no copy');
    await using monitoring = new source.LunaRequestInfluxMonitoring();
    monitoring.addPoints([
      new esm.WSRequestPoint({ eventTime: 1.7e9, requestId: 'r', transportTime: 1, accountId: 'a' }),
    ]);
    await monitoring.flush();
    expect(monitoring.stats()).toMatchObject({ delivered: 1, dropped: 0 });
  });
});
