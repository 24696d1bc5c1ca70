import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Feed } from '../../src/streams/feed.ts';
import { StoreSource } from '../../src/store/store-source.ts';
import type { Viewer } from '../../src/streams/viewer.ts';
import { requestPoint } from '../support/points.ts';

const MIB = 1024 * 1024;
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
const DATABASE = {
  credentials: { organization: 'o', bucket: 'b', token: 't' },
  host: '127.0.0.1',
  port: 9,
  delivery: { logger: SILENT },
};

describe('a feed that nobody looks at', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] }));
  afterEach(() => vi.useRealTimers());

  it('has no timer, counts nothing, and forgets its counts ten seconds after the last look', async () => {
    const monitoring = new LunaRequestInfluxMonitoring();
    const timersBefore = vi.getTimerCount();
    const feed = new Feed(monitoring, new StoreSource(monitoring, MIB));
    expect([vi.getTimerCount() - timersBefore, feed.isCounting]).toEqual([0, false]);

    await feed.view(15);
    expect(feed.isCounting).toBe(true);
    vi.advanceTimersByTime(9999);
    await feed.view(15);
    vi.advanceTimersByTime(9999);
    expect(feed.isCounting).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect([vi.getTimerCount() - timersBefore, feed.isCounting]).toEqual([0, false]);
    await monitoring.stop();
  });

  it('counts on while somebody looks, and has no timer once they left', async () => {
    const monitoring = new LunaRequestInfluxMonitoring();
    const timersBefore = vi.getTimerCount();
    const feed = new Feed(monitoring, new StoreSource(monitoring, MIB));
    const viewer = {
      minutes: 5,
      needsWhole: true,
      takesMessage: () => true,
      send: () => undefined,
      end: () => undefined,
    };
    // Only what a feed asks of a viewer; the real one is in viewer.test.ts.
    feed.join(viewer as unknown as Viewer);
    await vi.advanceTimersByTimeAsync(30_000);
    expect([feed.viewerCount, feed.isCounting]).toEqual([1, true]);
    feed.leave(viewer as unknown as Viewer);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([vi.getTimerCount() - timersBefore, feed.isCounting]).toEqual([0, false]);
    await monitoring.stop();
  });
});

describe('StoreSource', () => {
  it('follows a monitoring from memory to a database and back', async () => {
    const monitoring = new LunaRequestInfluxMonitoring({ delivery: { logger: SILENT } });
    const source = new StoreSource(monitoring, MIB);
    const feed = new Feed(monitoring, source);
    const add = async (resource: string): Promise<string[]> => {
      monitoring.addPoints([requestPoint({ resource, time: monitoring.now() })]);
      await monitoring.flush();
      return (await feed.view(5, undefined)).tables.routes.map(([key]) => key);
    };
    expect(await add('/memory')).toEqual(['GET:/memory']);
    monitoring.reInitializeMonitoring({ credentials: DATABASE.credentials, host: DATABASE.host, port: DATABASE.port });
    expect(source.isEmbedded).toBe(false);
    // A database's own view begins when it is first looked at.
    await feed.view(5, undefined);
    expect(await add('/database')).toEqual(['GET:/database']);
    monitoring.reInitializeMonitoring({ store: 'memory' });
    expect(source.isEmbedded).toBe(true);
    expect(await add('/again')).toContain('GET:/again');
    feed.close();
    await monitoring.stop({ timeoutMs: 1 });
  });

  it('lets go of the monitoring when it is closed', async () => {
    const monitoring = new LunaRequestInfluxMonitoring(DATABASE);
    const source = new StoreSource(monitoring, MIB);
    const { store } = source;
    monitoring.addPoints([requestPoint({ resource: '/a', time: monitoring.now() })]);
    expect(store.batchesAfter(0)).toHaveLength(1);
    source.close();
    monitoring.addPoints([requestPoint({ resource: '/a', time: monitoring.now() })]);
    expect(store.batchesAfter(1)).toHaveLength(0);
    await monitoring.stop({ timeoutMs: 1 });
  });

  it('says from when on it knows all, once it had to forget', async () => {
    const monitoring = new LunaRequestInfluxMonitoring(DATABASE);
    const source = new StoreSource(monitoring, MIB);
    const beganAt = source.firstSecond();
    expect(beganAt).toBeLessThanOrEqual(monitoring.now());
    for (let count = 0; count < 20_000; count += 1)
      monitoring.addPoints([requestPoint({ resource: '/a', time: monitoring.now() })]);
    expect(source.store.byteCount).toBeLessThanOrEqual(MIB);
    expect(source.store.forgottenCount).toBeGreaterThan(0);
    expect(source.firstSecond()).toBeGreaterThan(beganAt);
    source.close();
    await monitoring.stop({ timeoutMs: 1 });
  });
});
