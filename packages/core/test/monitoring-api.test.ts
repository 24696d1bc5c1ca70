import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import {
  BaseMonitoringPoint,
  createMonitoring,
  defaultMonitoring,
  Influx1Settings,
  Influx2Settings,
  Influx3Settings,
  LunaRequestInfluxMonitoring,
  MonitoringError,
  setDefaultMonitoring,
  type Fields,
  type InfluxSettings,
  type Monitoring,
  type MonitoringOptions,
  type Tags,
} from '@influx-monitoring/core';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const inMemory = (): LunaRequestInfluxMonitoring =>
  createMonitoring({ store: 'memory', service: 'shop', logger: silent });
const now = Date.now() / 1000;

class CachePoint extends BaseMonitoringPoint {
  readonly series = 'cache';
  get tags(): Tags {
    return { region: 'eu' };
  }
  get fields(): Fields {
    return { hits: 3n };
  }
}

describe('reInitializeMonitoring keeps what is not given', () => {
  const credentials = { organization: 'o', bucket: 'b', token: 't' };
  const create = (): LunaRequestInfluxMonitoring =>
    new LunaRequestInfluxMonitoring({ credentials, url: 'https://h:1/influx', flushingPeriod: 2, logger: silent });
  const address = { host: 'h', port: 1, ssl: true, path: '/influx' };

  it('the database, where only the period is given', async () => {
    await using monitoring = create();
    const { settings } = monitoring;
    monitoring.reInitializeMonitoring({ flushingPeriod: 5 });
    expect(monitoring.settings).toEqual(settings);
    expect(monitoring.flushingPeriod).toBe(5);
  });

  it('the address, where only credentials are given, of any version', async () => {
    await using monitoring = create();
    monitoring.reInitializeMonitoring({ credentials: { ...credentials, token: 'u' } });
    expect(monitoring.settings).toEqual(new Influx2Settings({ ...address, ...credentials, token: 'u' }));
    monitoring.reInitializeMonitoring({ credentials: { dbName: 'd' } });
    expect(monitoring.settings).toEqual(new Influx1Settings({ ...address, dbName: 'd' }));
    monitoring.reInitializeMonitoring({ version: 3, credentials: { database: 'd' } });
    expect(monitoring.settings).toEqual(new Influx3Settings({ ...address, database: 'd' }));
    expect(monitoring.flushingPeriod).toBe(2);
  });

  it('credentials, where only the address is given; a path is of its host', async () => {
    await using monitoring = create();
    monitoring.reInitializeMonitoring({ port: 2 });
    expect(monitoring.settings).toEqual(new Influx2Settings({ ...address, ...credentials, port: 2 }));
    monitoring.reInitializeMonitoring({ host: 'i' });
    expect(monitoring.settings).toEqual(new Influx2Settings({ ...credentials, host: 'i', port: 2, ssl: true }));
    monitoring.reInitializeMonitoring({ url: 'http://j:3' });
    expect(monitoring.settings).toEqual(new Influx2Settings({ ...credentials, host: 'j', port: 3, ssl: false }));
  });

  const common = { url: 'https://h:1/influx', logger: silent };
  const others: readonly [MonitoringOptions, InfluxSettings][] = [
    [
      { ...common, credentials: { database: 'd', token: 't' }, noSync: true, version: 3 },
      new Influx3Settings({ ...address, database: 'd', noSync: true, port: 2, token: 't' }),
    ],
    [{ ...common, credentials: { database: 'd' } }, new Influx3Settings({ ...address, database: 'd', port: 2 })],
    [
      { ...common, credentials: { dbName: 'd', password: 'p', username: 'u' } },
      new Influx1Settings({ ...address, dbName: 'd', password: 'p', port: 2, username: 'u' }),
    ],
  ];
  it.each(others)('credentials of other versions, where only the port is given: %j', async (options, expected) => {
    await using monitoring = new LunaRequestInfluxMonitoring(options);
    monitoring.reInitializeMonitoring({ port: 2 });
    expect(monitoring.settings).toEqual(expected);
  });

  it('leaves the database only where it is told to', async () => {
    await using monitoring = create();
    monitoring.reInitializeMonitoring({});
    expect(monitoring.settings).toBeInstanceOf(Influx2Settings);
    monitoring.reInitializeMonitoring({ store: 'memory' });
    expect(monitoring.settings).toBe(undefined);
    monitoring.reInitializeMonitoring({ flushingPeriod: 7 });
    expect(monitoring.settings).toBe(undefined);
    expect(monitoring.flushingPeriod).toBe(7);
  });
});

it('setFlushingPeriod changes the period alone, within bounds, until the end', async () => {
  const monitoring = inMemory();
  monitoring.setFlushingPeriod(0.5);
  expect(monitoring.flushingPeriod).toBe(0.5);
  expect(() => {
    monitoring.setFlushingPeriod(0);
  }).toThrow('setFlushingPeriod: expected "seconds" to be a number of seconds from 0.01 to 3600, got the number 0');
  await monitoring.stop();
  expect(() => {
    monitoring.setFlushingPeriod(1);
  }).toThrow(expect.objectContaining({ code: 'ERR_STOPPED' }) as Error);
});

describe('the time of a point', () => {
  class Timed extends CachePoint {
    constructor(eventTime: unknown) {
      super({ eventTime: eventTime as number });
    }
  }

  it.each<[string, unknown]>([
    ['milliseconds', Date.now()],
    ['NaN', NaN],
    ['infinity', Infinity],
    ['a negative number', -1],
    ['performance.now()', performance.now()],
    ['1999', Date.UTC(1999, 11, 31) / 1000],
    ['the day after tomorrow', now + 2 * 86_400],
    ['a text', '2026-01-01'],
    ['nothing', undefined],
    ['a Date that is none', new Date(NaN)],
    ['a Date of 1970', new Date(0)],
  ])('that is %s becomes that of now, counted, with one warning that names the series', async (_name, eventTime) => {
    const warn = vi.fn();
    await using monitoring = createMonitoring({ store: 'memory', logger: { ...silent, warn } });
    monitoring.addPoints([new Timed(eventTime), new Timed(eventTime)]);
    const points = monitoring.points();
    expect(points).toHaveLength(2);
    for (const { time } of points) expect(Math.abs(time - Date.now() / 1000)).toBeLessThan(5);
    expect(monitoring.stats().repairs).toEqual({ time: 2 });
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^influx-monitoring: a point of cache has an eventTime/)]]);
  });

  it.each<[string, Date | number, number]>([
    ['a Date', new Date(1_700_000_000_500), 1_700_000_000.5],
    ['of 2000', Date.UTC(2000) / 1000, Date.UTC(2000) / 1000],
    ['in an hour', now + 3600, now + 3600],
  ])('may be %s', async (_name, eventTime, expected) => {
    await using monitoring = inMemory();
    monitoring.addPoint(new Timed(eventTime));
    expect(monitoring.points()[0]?.time).toBeCloseTo(expected, 2);
    expect(monitoring.stats().repairs).toEqual({});
  });
});

describe('points without a class', () => {
  interface CacheFields {
    readonly hits: bigint;
    readonly ratio?: number | undefined;
  }

  it('are recorded from plain objects, of interfaces too, with the service', async () => {
    await using monitoring: Monitoring = inMemory();
    const fields: CacheFields = { hits: 3n };
    monitoring.record('cache', { tags: { region: 'eu' }, fields, time: new Date(1_700_000_000_000) });
    monitoring.record('cache', { fields: { hits: 4n } });
    monitoring.addPoint(new CachePoint({ eventTime: now }));
    const [first, second, third] = monitoring.points({ series: 'cache' });
    expect(first).toMatchObject({ tags: { region: 'eu', service: 'shop' }, fields: { hits: 3n } });
    // Up to a millisecond later, where the place of its block in the ring is that of the present.
    expect(first?.time).toBeCloseTo(1_700_000_000, 2);
    expect(second?.tags).toEqual({ service: 'shop' });
    expect(third?.tags).toEqual({ region: 'eu' });
  });

  it('never throw: what cannot be read is counted', async () => {
    await using monitoring = inMemory();
    const record = monitoring.record.bind(monitoring) as (series: unknown, data: unknown) => void;
    const throwing = {
      get fields(): object {
        throw new Error('no');
      },
    };
    for (const data of [undefined, null, 7, {}, { fields: null }, throwing]) record('cache', data);
    record(undefined, { fields: { a: 1 } });
    expect(monitoring.stats()).toMatchObject({ recorded: 7, dropped: 7 });
  });

  it('may be the time that a block takes', async () => {
    await using monitoring = inMemory();
    {
      using timer = monitoring.timer('report', { kind: 'daily' });
      expect(timer).toHaveProperty('end');
    }
    const timer = monitoring.timer('report');
    timer.end({ rows: 3n });
    timer.end();
    const points = monitoring.points({ series: 'report' });
    expect(points).toMatchObject([
      { tags: { kind: 'daily', service: 'shop' }, fields: { execution_time: expect.any(Number) as number } },
      { tags: { service: 'shop' }, fields: { rows: 3n } },
    ]);
    expect(points).toHaveLength(2);
  });

  it('are none where monitoring is off', async () => {
    await using monitoring = createMonitoring({ store: 'memory', enabled: false });
    monitoring.record('cache', { fields: { hits: 1 } });
    monitoring.timer('report').end();
    expect(monitoring.points()).toEqual([]);
    expect(monitoring.stats().recorded).toBe(0);
  });
});

describe('reading back', () => {
  it('gives all that was recorded, stored or not yet, more than a batch of it', async () => {
    await using monitoring = inMemory();
    for (let count = 0; count < 12_000; count += 1) monitoring.record('cache', { fields: { count } });
    expect(monitoring.points().length).toBe(12_000);
    await monitoring.flush();
    expect(monitoring.points({ series: 'cache' }).length).toBe(12_000);
    expect(monitoring.points({ series: 'other' })).toEqual([]);
  });

  it('is refused where points go to a database', async () => {
    await using monitoring = new LunaRequestInfluxMonitoring({ credentials: { dbName: 'd' } });
    expect(() => monitoring.points()).toThrow(MonitoringError);
    expect(() => monitoring.points()).toThrow(expect.objectContaining({ code: 'ERR_NOT_IN_MEMORY' }) as Error);
  });
});

it('on tells a listener of its kind of events, until it is taken away', async () => {
  await using monitoring = inMemory();
  const seen: string[] = [];
  {
    using undo = monitoring.on('drop', ({ reason, series }) => seen.push(`${series} ${reason}`));
    expect(undo).toBeInstanceOf(Function);
    monitoring.record('empty', { fields: {} });
  }
  const undo = monitoring.on('drop', () => seen.push('never'));
  undo();
  monitoring.record('empty', { fields: {} });
  expect(seen).toEqual(['empty unstorable']);
});

it('stop tries no longer than its signal, and then lets nothing wait', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (const signal of [AbortSignal.timeout(50), AbortSignal.abort()]) {
    const monitoring = new LunaRequestInfluxMonitoring({
      credentials: { dbName: 'd' },
      url: `http://127.0.0.1:${String(port)}`,
      logger: silent,
    });
    monitoring.addPoint(new CachePoint({ eventTime: now }));
    const startedAtMs = performance.now();
    expect(await monitoring.stop({ signal, timeoutMs: 60_000 })).toEqual({ delivered: 0, spooled: 0, lost: 1 });
    expect(performance.now() - startedAtMs).toBeLessThan(5000);
    expect(monitoring.health()).toMatchObject({ state: 'stopped' });
  }
  server.closeAllConnections();
  server.close();
});

it('flush waits no longer than its signal', async () => {
  await using monitoring = new LunaRequestInfluxMonitoring({
    credentials: { dbName: 'd' },
    host: '192.0.2.1',
    logger: silent,
    delivery: { requestTimeoutMs: 60_000 },
  });
  monitoring.record('cache', { fields: { hits: 1 } });
  await monitoring.flush({ signal: AbortSignal.timeout(20) });
  await monitoring.flush({ signal: AbortSignal.abort() });
  expect(monitoring.stats().pending).toBe(1);
  await monitoring.stop({ timeoutMs: 1 });
});

describe('the default monitoring', () => {
  it('is the one that was set, and is made anew after it was stopped', async () => {
    const first = inMemory();
    setDefaultMonitoring(first);
    expect(defaultMonitoring()).toBe(first);
    await first.stop();
    const info = vi.spyOn(console, 'info').mockReturnValue(undefined);
    const second = defaultMonitoring();
    expect(second).not.toBe(first);
    expect(defaultMonitoring()).toBe(second);
    setDefaultMonitoring();
    expect(defaultMonitoring()).not.toBe(second);
    await defaultMonitoring().stop();
    await second.stop();
    info.mockRestore();
    setDefaultMonitoring();
  });
});
