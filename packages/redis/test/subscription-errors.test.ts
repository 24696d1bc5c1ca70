import type { EventEmitter } from 'node:events';
import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { instrumentSubscriber, uninstrumentSubscriber, type InstrumentSubscriberOptions } from '../src/index.ts';
import { pointsOf } from './support/messages.ts';

let monitoring: LunaRequestInfluxMonitoring;
beforeEach(() => {
  vi.useFakeTimers();
  monitoring = new LunaRequestInfluxMonitoring({});
});
afterEach(async () => {
  vi.useRealTimers();
  await monitoring.stop();
});

async function errors(): Promise<unknown[]> {
  const points = await pointsOf(monitoring, 'subscription_error');
  return points.map(({ tags, fields }) => [tags['error_code'], Number(fields['count'])]);
}

function nodeRedis(options: InstrumentSubscriberOptions = {}): EventEmitter {
  const client = instrumentSubscriber(createClient(), { monitoring, ...options });
  client.on('error', () => undefined);
  return client;
}

function ioredis(options: InstrumentSubscriberOptions = {}): Redis {
  return instrumentSubscriber(new Redis({ lazyConnect: true }), { monitoring, ...options });
}

function refused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
}

describe('connection errors', () => {
  it('are one point a second and code, their counts summed', async () => {
    const client = nodeRedis();
    for (let index = 0; index < 10; index += 1) client.emit('error', refused());
    client.emit('error', new Error('another'));
    expect(await errors()).toEqual([
      ['ECONNREFUSED', 1],
      ['1', 1],
    ]);
    await vi.advanceTimersByTimeAsync(999);
    expect(await errors()).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(await errors()).toContainEqual(['ECONNREFUSED', 9]);

    // The window of the summed point is a second of its own.
    client.emit('error', refused());
    await vi.advanceTimersByTimeAsync(999);
    expect(await errors()).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(1);
    expect(await errors()).toHaveLength(4);
    await vi.advanceTimersByTimeAsync(1000);
    expect(vi.getTimerCount()).toBe(1); // only the monitoring's own
    client.emit('error', refused());
    expect(await errors()).toHaveLength(5);
  });

  it('are counted once an error, however often it comes', async () => {
    const client = nodeRedis();
    const error = refused();
    client.emit('error', error);
    client.emit('error', error);
    client.emit('error', new Error('of a node', { cause: error }));
    await vi.advanceTimersByTimeAsync(1000);
    expect(await errors()).toEqual([['ECONNREFUSED', 1]]);
  });

  it('that wait for their point have it when the client is uninstrumented', async () => {
    const client = nodeRedis();
    for (let index = 0; index < 3; index += 1) client.emit('error', refused());
    uninstrumentSubscriber(client as never);
    expect(await errors()).toEqual([
      ['ECONNREFUSED', 1],
      ['ECONNREFUSED', 2],
    ]);
    client.emit('error', refused());
    await vi.advanceTimersByTimeAsync(1000);
    expect(await errors()).toHaveLength(2);
  });

  it('have the code that the user gives them', async () => {
    const client = nodeRedis({ getErrorCode: (error) => (error as Error).message.split(' ')[0] });
    client.emit('error', new Error('LOADING Redis is loading the dataset in memory'));
    expect(await errors()).toEqual([['LOADING', 1]]);
  });

  it('of the nodes of a cluster and of a sentinel are recorded too', async () => {
    const client = nodeRedis();
    client.emit('node-error', refused(), { host: 'a' });
    client.emit('client-error', { type: 'MASTER', error: Object.assign(new Error('b'), { code: 'ETIMEDOUT' }) });
    client.emit('client-error', 'no event at all');
    ioredis().emit('node error', Object.assign(new Error('c'), { code: 'EPIPE' }), 'node');
    expect(await errors()).toEqual([
      ['ECONNREFUSED', 1],
      ['ETIMEDOUT', 1],
      ['1', 1],
      ['EPIPE', 1],
    ]);
  });

  it('without a listener still are thrown by node-redis', async () => {
    const client = instrumentSubscriber(createClient(), { monitoring });
    const error = refused();
    expect(() => client.emit('error', error)).toThrow(error);
    expect(await errors()).toEqual([['ECONNREFUSED', 1]]);
  });

  it('without a listener still are printed by ioredis, and counted once with one', async () => {
    const print = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const client = ioredis() as Redis & { silentEmit: (event: string, error: unknown) => boolean };
    expect(client.silentEmit('error', refused())).toBe(false);
    expect(print).toHaveBeenCalledTimes(1);
    print.mockRestore();
    client.on('error', () => undefined);
    expect(client.silentEmit('error', Object.assign(new Error('x'), { code: 'EPIPE' }))).toBe(true);
    expect(await errors()).toEqual([
      ['ECONNREFUSED', 1],
      ['EPIPE', 1],
    ]);
  });

  it('that ioredis keeps to itself while it is closed on purpose are none', async () => {
    const client = ioredis() as Redis & { silentEmit: (event: string, error: unknown) => boolean };
    Object.assign(client, { manuallyClosing: true });
    client.silentEmit('error', refused());
    Object.assign(client, { manuallyClosing: false, status: 'end' });
    client.silentEmit('error', refused());
    expect(await errors()).toEqual([]);
  });
});

describe('a connection of ioredis that closes', () => {
  function close(client: Redis, before: string): void {
    const { setStatus } = client as unknown as { setStatus: (status: string) => void };
    for (const status of ['connecting', before, 'close']) setStatus.call(client, status);
  }

  it('is an error where it was up and nobody asked', async () => {
    close(ioredis(), 'ready');
    expect(await errors()).toEqual([['CONNECTION_CLOSED', 1]]);
  });

  it('is none where it never was up, an error came first, it was asked for, or the user wants none', async () => {
    close(ioredis(), 'connecting');
    const asked = ioredis();
    Object.assign(asked, { manuallyClosing: true });
    close(asked, 'ready');
    close(ioredis({ recordCloses: false }), 'ready');
    expect(await errors()).toEqual([]);

    const failed = ioredis();
    failed.on('error', () => undefined);
    const { setStatus } = failed as unknown as { setStatus: (status: string) => void };
    setStatus.call(failed, 'ready');
    failed.emit('error', refused());
    setStatus.call(failed, 'close');
    expect(await errors()).toEqual([['ECONNREFUSED', 1]]);
  });
});

describe('a subscriber that is silent', () => {
  it('is an error for each span without a message, from its first subscription on', async () => {
    const client = ioredis({ silenceAlarmSeconds: 10 });
    Object.assign(client, { status: 'ready' });
    Object.defineProperty(client, 'mode', { value: 'subscriber' });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await errors()).toEqual([]);

    vi.spyOn(Redis.prototype, 'subscribe').mockResolvedValue(1);
    await client.subscribe('a');
    await client.subscribe('b');
    await vi.advanceTimersByTimeAsync(9_000);
    client.emit('message', 'a', '1');
    await vi.advanceTimersByTimeAsync(9_000);
    expect(await errors()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await errors()).toEqual([['SILENT', 1]]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await errors()).toEqual([
      ['SILENT', 1],
      ['SILENT', 1],
      ['SILENT', 1],
    ]);

    uninstrumentSubscriber(client);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await errors()).toHaveLength(3);
    vi.restoreAllMocks();
  });

  it.each([
    ['it ended', { status: 'end', mode: 'subscriber' }],
    ['it is subscribed to nothing any more', { status: 'ready', mode: 'normal' }],
  ])('is none once %s', async (_title, state) => {
    const client = ioredis({ silenceAlarmSeconds: 10 });
    vi.spyOn(Redis.prototype, 'subscribe').mockResolvedValue(1);
    await client.subscribe('a');
    Object.defineProperties(client, { status: { value: state.status }, mode: { value: state.mode } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await errors()).toEqual([]);
    expect(vi.getTimerCount()).toBe(1); // only the monitoring's own
    vi.restoreAllMocks();
  });

  it('is watched at once where it is subscribed already', async () => {
    const client = new Redis({ lazyConnect: true });
    Object.assign(client, { status: 'ready' });
    Object.defineProperty(client, 'mode', { value: 'subscriber' });
    instrumentSubscriber(client, { monitoring, silenceAlarmSeconds: 10 });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await errors()).toEqual([['SILENT', 1]]);
    uninstrumentSubscriber(client);
  });
});

describe('a subscribe that throws at once', () => {
  it('is recorded and throws as before', async () => {
    const error = new TypeError('no channel');
    vi.spyOn(Redis.prototype, 'subscribe').mockImplementation(() => {
      throw error;
    });
    expect(() => ioredis().subscribe()).toThrow(error);
    expect(await errors()).toEqual([['1', 1]]);
    vi.restoreAllMocks();
  });
});

describe('a listener that is timed', () => {
  it('and does not end is recorded after a minute, with the time it took so far', async () => {
    const client = ioredis({ listenerTime: true });
    listenWith(client, new Promise(() => undefined));
    client.emit('message', 'a', '1');
    client.emit('messageBuffer', Buffer.from('a'), Buffer.from('1'));
    await vi.advanceTimersByTimeAsync(30_000);
    client.emit('message', 'b', '2');
    client.emit('messageBuffer', Buffer.from('b'), Buffer.from('2'));
    await vi.advanceTimersByTimeAsync(29_999);
    expect(await pointsOf(monitoring, 'redis_message')).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await pointsOf(monitoring, 'redis_message')).toMatchObject([
      { tags: { chanel: 'a' }, fields: { listener_time: 60 } },
    ]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await pointsOf(monitoring, 'redis_message')).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1000);
    expect(vi.getTimerCount()).toBe(1); // only the monitoring's own
  });

  it('and rejects is an error, and its message has its time', async () => {
    const client = ioredis({ listenerTime: true, isolateListenerErrors: true });
    const { promise, reject } = withReject();
    listenWith(client, promise);
    client.emit('message', 'a', '1');
    client.emit('messageBuffer', Buffer.from('a'), Buffer.from('1'));
    await vi.advanceTimersByTimeAsync(500);
    reject(new Error('late'));
    await vi.advanceTimersByTimeAsync(0);
    expect(await errors()).toEqual([['1', 1]]);
    expect(await pointsOf(monitoring, 'redis_message')).toMatchObject([{ fields: { listener_time: 0.5 } }]);
  });
});

/** Nobody asks for a listener's result; many give a promise all the same. */
function listenWith(client: Redis, result: Promise<unknown>): void {
  const listener: () => unknown = () => result;
  client.on('message', listener);
}

function withReject(): { promise: Promise<unknown>; reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise((_resolve, rejectPromise) => {
    reject = rejectPromise;
  });
  return { promise, reject };
}

describe('what a user may do beside', () => {
  it('is not mistaken: a message that is no text, a duplicate that is no client', async () => {
    const odd = new Redis({ lazyConnect: true });
    Object.defineProperty(odd, 'duplicate', { value: () => ({}), configurable: true, writable: true });
    const client = instrumentSubscriber(odd, { monitoring, getRequestId: () => 'id' });
    expect(client.duplicate()).toEqual({});
    client.emit('message', '__redis__:invalidate', null);
    const [point] = await pointsOf(monitoring, 'redis_message');
    expect(point?.fields['request_id']).toBe('none');
    expect(monitoring.stats().counters).toEqual({ redis_duplicate_not_instrumented: 1 });
  });
});
