import { startInflux1, type Influx1Server } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  BaseMonitoringPoint,
  Influx1MonitoringAdapter,
  Influx1Settings,
  Influx2Settings,
  LunaRequestInfluxMonitoring,
  MemoryMonitoringAdapter,
  MonitoringError,
  WSRequestPoint,
  type MonitoringStats,
  type StoredPoint,
} from '@influx-monitoring/core';
import { Clock } from '../src/clock/clock.ts';
import { startAnsweringServer } from './support/answering-server.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

function pointOf(accountId: string): WSRequestPoint {
  return new WSRequestPoint({ eventTime: 1_790_000_000, requestId: 'r', transportTime: 0.1, accountId });
}

function storedBy(monitoring: LunaRequestInfluxMonitoring): StoredPoint[] {
  const { adapter } = monitoring;
  if (adapter instanceof MemoryMonitoringAdapter) return adapter.client.points();
  throw new Error('expected the embedded store');
}

function balance({ recorded, delivered, pending, dropped, deadLettered }: MonitoringStats): number {
  return recorded - delivered - pending - dropped - deadLettered;
}

describe('LunaRequestInfluxMonitoring', () => {
  it('keeps points in memory without credentials', async () => {
    await using monitoring = new LunaRequestInfluxMonitoring();
    expect(monitoring.settings).toBeUndefined();
    monitoring.addPoints([pointOf('a'), pointOf('b')]);
    await monitoring.flush();
    expect(storedBy(monitoring).map(({ tags }) => tags['account_id'])).toEqual(['a', 'b']);
    expect(monitoring.stats()).toMatchObject({ recorded: 2, delivered: 2, pending: 0, dropped: 0, deadLettered: 0 });
  });

  it('has the attributes of the source', async () => {
    await using monitoring = new LunaRequestInfluxMonitoring({
      credentials: { organization: 'o', bucket: 'b', token: 't' },
      host: 'influx',
      port: 1,
      ssl: true,
      flushingPeriod: 2,
    });
    expect(monitoring.flushingPeriod).toBe(2);
    expect(monitoring.service).toBe('luna-sender');
    expect(monitoring.isEnabled).toBe(true);
    expect(monitoring.settings).toEqual(
      new Influx2Settings({ host: 'influx', port: 1, ssl: true, organization: 'o', bucket: 'b', token: 't' }),
    );
  });

  it('flushes by itself, every flushing period', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const monitoring = new LunaRequestInfluxMonitoring({ flushingPeriod: 3 });
    monitoring.addPoints([pointOf('a')]);
    await vi.advanceTimersByTimeAsync(2999);
    expect(monitoring.stats()).toMatchObject({ delivered: 0, pending: 1 });
    await vi.advanceTimersByTimeAsync(1);
    expect(monitoring.stats()).toMatchObject({ delivered: 1, pending: 0 });
    vi.useRealTimers();
    await monitoring.stop();
  });

  it('records nothing where it is switched off', async () => {
    await using monitoring = new LunaRequestInfluxMonitoring({ enabled: false });
    monitoring.addPoints([pointOf('a')]);
    await monitoring.flush();
    expect(monitoring.isEnabled).toBe(false);
    expect(monitoring.stats().recorded).toBe(0);
  });

  it('counts events that are no points', async () => {
    await using monitoring = new LunaRequestInfluxMonitoring();
    monitoring.countEvent('x');
    monitoring.countEvent('x');
    monitoring.countEvent('__proto__');
    expect(Object.entries(monitoring.stats().counters)).toEqual([
      ['x', 2],
      ['__proto__', 1],
    ]);
  });

  it('stands beside others, each with its own lane, service and points', async () => {
    await using first = new LunaRequestInfluxMonitoring({ service: 'one', lane: 901 });
    await using second = new LunaRequestInfluxMonitoring({
      service: 'two',
      lane: 902,
      logger: silent,
      maxTagValues: 1,
    });
    first.addPoints([pointOf('a'), pointOf('b')]);
    second.addPoints([pointOf('a'), pointOf('b')]);
    await Promise.all([first.flush(), second.flush()]);
    expect(storedBy(first).map(({ stamp }) => stamp % 1000n)).toEqual([901n, 901n]);
    expect(storedBy(second).map(({ stamp, tags }) => [stamp % 1000n, tags['account_id']])).toEqual([
      [902n, 'a'],
      [902n, 'other'],
    ]);
    expect(first.stats()).toMatchObject({ lane: 901, overflowedTags: {}, repairs: {} });
    expect(second.stats()).toMatchObject({ lane: 902, overflowedTags: { 'ws_requests.account_id': 1 } });
  });

  it('gives the same promise for a second stop, and counts what comes later', async () => {
    const monitoring = new LunaRequestInfluxMonitoring({ logger: silent });
    monitoring.addPoints([pointOf('a')]);
    expect(await monitoring.stop()).toMatchObject({ delivered: 1, lost: 0 });
    expect(await monitoring.stop()).toMatchObject({ delivered: 1, lost: 0 });
    monitoring.addPoints([pointOf('late')]);
    expect(monitoring.stats()).toMatchObject({ recorded: 2, delivered: 1, dropped: 1 });
  });

  describe('for points that are none', () => {
    class ThrowingPoint extends BaseMonitoringPoint {
      readonly series = 'throwing';
      get tags(): never {
        throw new Error('tags');
      }
      get fields(): never {
        throw new Error('fields');
      }
    }

    it.each<[string, unknown, number]>([
      ['a point that throws', [new ThrowingPoint({ eventTime: 1 })], 1],
      ['null', [null], 1],
      ['an empty object', [{}], 1],
      ['a number', [7], 1],
      ['a series that is a symbol', [{ series: Symbol('s'), tags: {}, fields: { f: 1 }, eventTime: 1 }], 1],
      ['a time that is a bigint', [{ series: 's', tags: {}, fields: { f: 1 }, eventTime: 1n }], 1],
      ['no list', undefined, 1],
      ['a number for a list', 7, 1],
      ['an object that cannot be iterated', {}, 1],
    ])('never throws, and counts: %s', async (_name, points, dropped) => {
      await using monitoring = new LunaRequestInfluxMonitoring({ logger: silent });
      monitoring.addPoints(points as BaseMonitoringPoint[]); // what JavaScript may pass
      monitoring.addPoints([pointOf('good')]);
      await monitoring.flush();
      expect(monitoring.stats()).toMatchObject({ recorded: 1 + dropped, delivered: 1, dropped });
      expect(storedBy(monitoring)).toHaveLength(1);
    });

    it('keeps what came before a list that throws', async () => {
      await using monitoring = new LunaRequestInfluxMonitoring({ logger: silent });
      monitoring.addPoints(
        (function* () {
          yield pointOf('a');
          throw new Error('no more');
        })(),
      );
      await monitoring.flush();
      expect(monitoring.stats()).toMatchObject({ recorded: 2, delivered: 1, dropped: 1 });
    });
  });
});

describe('prepareSettings', () => {
  it('makes settings of each version, and none without credentials', () => {
    const address = { host: 'h', port: 1, ssl: false };
    expect(
      LunaRequestInfluxMonitoring.prepareSettings({ ...address, version: 1, credentials: { dbName: 'd' } }),
    ).toEqual(new Influx1Settings({ ...address, dbName: 'd' }));
    expect(
      LunaRequestInfluxMonitoring.prepareSettings({ ...address, version: 3, credentials: { bucket: 'b', token: 't' } }),
    ).toEqual(new Influx2Settings({ ...address, bucket: 'b', token: 't', organization: '' }));
    expect(LunaRequestInfluxMonitoring.prepareSettings({})).toBeUndefined();
  });

  it('refuses what it does not take', () => {
    const options = { flushingPeriod: 1 } as object;
    expect(() => LunaRequestInfluxMonitoring.prepareSettings(options)).toThrow(
      'prepareSettings: unknown option "flushingPeriod"; expected one of agent, credentials, host, noSync, port, ssl, store, ' +
        'tls, url, version',
    );
  });
});

describe('reInitializeMonitoring', () => {
  const credentials = { dbName: 'db', username: 'u', password: 'p' };

  it('changes nothing where the settings are equal, but for force', async () => {
    await using monitoring = new LunaRequestInfluxMonitoring({ credentials, host: 'h', flushingPeriod: 2 });
    const { adapter } = monitoring;
    monitoring.reInitializeMonitoring({ credentials: { ...credentials }, host: 'h', port: 8086, flushingPeriod: 2 });
    expect(monitoring.adapter).toBe(adapter);
    monitoring.reInitializeMonitoring({ credentials, host: 'h', flushingPeriod: 2, force: true });
    expect(monitoring.adapter).not.toBe(adapter);
    expect(monitoring.adapter).toBeInstanceOf(Influx1MonitoringAdapter);
  });

  it.each([
    [{ credentials: { ...credentials, password: 'other' }, host: 'h', flushingPeriod: 2 }],
    [{ credentials, host: 'other' }],
    [{ credentials, host: 'other', flushingPeriod: 2 }],
    [{ store: 'memory' as const }],
  ])('goes over to other settings: %j', async (options) => {
    await using monitoring = new LunaRequestInfluxMonitoring({ credentials, host: 'h', flushingPeriod: 2 });
    const { adapter } = monitoring;
    monitoring.reInitializeMonitoring(options);
    expect(monitoring.adapter).not.toBe(adapter);
    expect(monitoring.flushingPeriod).toBe(2);
  });

  it('keeps the earlier settings where the new ones are wrong', async () => {
    await using monitoring = new LunaRequestInfluxMonitoring({ credentials });
    const { adapter, settings } = monitoring;
    for (const options of [{ host: 'x:1' }, { service: 'x' }, { force: 'yes' }, { credentials: { dbName: 7 } }]) {
      expect(() => {
        monitoring.reInitializeMonitoring(options as object);
      }).toThrow(MonitoringError);
    }
    expect(monitoring.adapter).toBe(adapter);
    expect(monitoring.settings).toBe(settings);
  });

  it('is refused once monitoring was stopped', async () => {
    const monitoring = new LunaRequestInfluxMonitoring();
    await monitoring.stop();
    expect(() => {
      monitoring.reInitializeMonitoring({ force: true });
    }).toThrow(expect.objectContaining({ code: 'ERR_STOPPED' }) as Error);
  });

  it('keeps what the embedded store has', async () => {
    await using monitoring = new LunaRequestInfluxMonitoring();
    monitoring.addPoints([pointOf('a')]);
    await monitoring.flush();
    monitoring.reInitializeMonitoring({ force: true });
    monitoring.addPoints([pointOf('b')]);
    await monitoring.flush();
    expect(storedBy(monitoring).map(({ tags }) => tags['account_id'])).toEqual(['a', 'b']);
  });

  it('keeps types of fields, distinct tag values and counts', async () => {
    await using monitoring = new LunaRequestInfluxMonitoring({ logger: silent, maxTagValues: 1 });
    monitoring.addPoints([pointOf('a')]);
    monitoring.reInitializeMonitoring({ flushingPeriod: 5 });
    monitoring.addPoints([pointOf('b')]);
    await monitoring.flush();
    expect(storedBy(monitoring).map(({ tags }) => tags['account_id'])).toEqual(['a', 'other']);
    expect(monitoring.stats()).toMatchObject({ recorded: 2, delivered: 2 });
  });

  it('warns once of a tag that has had too many values', async () => {
    const warn = vi.fn();
    await using monitoring = new LunaRequestInfluxMonitoring({ logger: { ...silent, warn }, maxTagValues: 2 });
    monitoring.addPoints(['a', 'b', 'c', 'd'].map(pointOf));
    monitoring.reInitializeMonitoring({ flushingPeriod: 5 });
    monitoring.addPoints([pointOf('e')]);
    expect(warn.mock.calls).toEqual([
      [
        'influx-monitoring: ws_requests.account_id has had 2 values: new ones become "other"; record ids as fields, or set ' +
          'tagBuckets or MONITORING_MAX_TAG_VALUES [MON_TAG_LIMIT]',
      ],
    ]);
    expect(monitoring.stats().overflowedTags).toEqual({ 'ws_requests.account_id': 3 });
  });

  describe('with real databases', () => {
    let influx: Influx1Server;

    beforeAll(async () => {
      influx = await startInflux1();
      await influx.createDatabase('old');
      await influx.createDatabase('new');
    });

    afterAll(() => influx.stop());

    it('loses no point and doubles none, while points come all the time', async () => {
      const at = (dbName: string): { url: string; credentials: { dbName: string } } => ({
        url: influx.url,
        credentials: { dbName },
      });
      const monitoring = new LunaRequestInfluxMonitoring({ ...at('old'), flushingPeriod: 0.01 });
      const total = 40_000;
      for (let recorded = 0; recorded < total; recorded += 1000) {
        monitoring.addPoints(Array.from({ length: 1000 }, () => pointOf('a')));
        if (recorded % 4000 === 2000)
          monitoring.reInitializeMonitoring({ ...at(recorded % 8000 === 2000 ? 'new' : 'old'), flushingPeriod: 0.01 });
        expect(balance(monitoring.stats())).toBe(0);
        // Each has had its turn with a write that was waited for; all others end as they may.
        if (recorded === 10_000 || recorded === 14_000) await monitoring.flush();
        await new Promise((resolve) => setImmediate(resolve));
      }
      await monitoring.stop();
      expect(monitoring.stats()).toMatchObject({ recorded: total, delivered: total, pending: 0, dropped: 0 });
      const counts = [await influx.count('old', 'ws_requests'), await influx.count('new', 'ws_requests')];
      expect(counts[0]).toBeGreaterThan(0);
      expect(counts[1]).toBeGreaterThan(0);
      expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(total);
    });
  });

  it('lets the write under way end where it began, and sends the rest the new way', async () => {
    await using old = await startAnsweringServer();
    await using next = await startAnsweringServer();
    let answer = (): void => undefined;
    const received = new Promise<void>((resolve) => {
      old.answer = (response) => {
        answer = () => response.writeHead(204).end();
        resolve();
      };
    });
    const at = ({ host, port }: { host: string; port: number }): object => ({
      host,
      port,
      credentials: { dbName: 'd' },
    });
    const monitoring = new LunaRequestInfluxMonitoring(at(old));
    monitoring.addPoints([pointOf('first')]);
    const flushed = monitoring.flush();
    await received;
    monitoring.reInitializeMonitoring(at(next));
    monitoring.addPoints([pointOf('second')]);
    answer();
    await flushed;
    await monitoring.stop();
    expect(old.requests.map(({ body }) => /account_id=(\w+)/.exec(body)?.[1])).toEqual(['first']);
    expect(next.requests.map(({ body }) => /account_id=(\w+)/.exec(body)?.[1])).toEqual(['second']);
    expect(monitoring.stats()).toMatchObject({ recorded: 2, delivered: 2, pending: 0, dropped: 0 });
    await old.untilClosed();
  });

  it('sends what the old database did not take to the new one', async () => {
    await using old = await startAnsweringServer();
    await using next = await startAnsweringServer();
    old.answer = (response) => response.writeHead(503).end();
    const at = ({ host, port }: { host: string; port: number }): object => ({
      host,
      port,
      credentials: { dbName: 'd' },
    });
    const monitoring = new LunaRequestInfluxMonitoring({
      ...at(old),
      logger: silent,
    });
    monitoring.addPoints([pointOf('a')]);
    await monitoring.flush();
    expect(monitoring.stats()).toMatchObject({ delivered: 0, pending: 1 });
    monitoring.reInitializeMonitoring(at(next));
    await monitoring.flush();
    expect(next.requests).toHaveLength(1);
    expect(monitoring.stats()).toMatchObject({ delivered: 1, pending: 0 });
    await monitoring.stop();
  });
});

describe('a lane that another process may have, too', () => {
  /** The clock of a host where all lanes are taken. */
  const onFullHost = (use: () => void): void => {
    const key = Symbol.for('influx-monitoring.core.clock.1');
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, key);
    const clock = new Clock({ lease: () => ({ lane: 7, isExclusive: false }) });
    Object.defineProperty(globalThis, key, { configurable: true, value: () => clock });
    try {
      use();
    } finally {
      Object.defineProperty(globalThis, key, descriptor ?? { configurable: true, value: undefined });
    }
  };

  it('is told in the log and in the stats, once a monitoring', async () => {
    const warn = vi.fn();
    const logger = { info: vi.fn(), warn, error: vi.fn() };
    let monitoring: LunaRequestInfluxMonitoring | undefined;
    onFullHost(() => {
      monitoring = new LunaRequestInfluxMonitoring({ logger });
      for (let count = 0; count < 100; count += 1) monitoring.record('cache', { fields: { hits: count } });
      expect(monitoring.stats()).toMatchObject({ lane: 7, counters: { lane_shared: 1 } });
    });
    expect(warn.mock.calls).toEqual([
      [
        'influx-monitoring: all 1,000 lanes of this host are taken, so points may overwrite those of another process; set MONITORING_LANE [MON_LANES_TAKEN]',
      ],
    ]);
    await monitoring?.stop();
  });

  it.each([{ lane: 8 }, { enabled: false }])('is not told with %j, where it matters to nobody', async (options) => {
    const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    let monitoring: LunaRequestInfluxMonitoring | undefined;
    onFullHost(() => {
      monitoring = new LunaRequestInfluxMonitoring({ logger, ...options });
      expect(monitoring.stats().counters).not.toHaveProperty('lane_shared');
    });
    expect(logger.warn).not.toHaveBeenCalled();
    await monitoring?.stop();
  });
});
