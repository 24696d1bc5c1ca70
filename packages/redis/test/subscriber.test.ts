import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { Redis, Cluster } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';
import { createClient, createClientPool, createCluster, createSentinel, type RedisClientType } from 'redis';
import { createClient as createClient4, createCluster as createCluster4 } from 'redis-4';
import { createClient as createClient5, createClientPool as createClientPool5 } from 'redis-5';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { instrumentSubscriber, uninstrumentSubscriber } from '../src/index.ts';

let monitoring: LunaRequestInfluxMonitoring;
beforeEach(() => {
  monitoring = new LunaRequestInfluxMonitoring({});
});
afterEach(async () => {
  await monitoring.stop();
});

const offline = { lazyConnect: true } as const;

describe('instrumentSubscriber', () => {
  it.each([
    ['a client of node-redis 4', () => createClient4()],
    ['a client of node-redis 5', () => createClient5()],
    ['a client of node-redis 6', () => createClient()],
    ['a cluster of node-redis 4', () => createCluster4({ rootNodes: [{}] })],
    ['a cluster of node-redis 6', () => createCluster({ rootNodes: [{}] })],
    [
      'a sentinel of node-redis 6',
      () => createSentinel({ name: 'main', sentinelRootNodes: [{ host: '::1', port: 1 }] }),
    ],
    ['a Redis of ioredis 5', () => new Redis5(offline)],
    ['a Redis of ioredis 6', () => new Redis(offline)],
    ['a Cluster of ioredis 6', () => new Cluster([], offline)],
  ])('takes %s, returns it, and leaves no trace behind', (_title, create) => {
    const client = create();
    const shape = () => [Reflect.ownKeys(client), Object.getOwnPropertyDescriptors(client)];
    const before = shape();
    expect(instrumentSubscriber(client, { monitoring })).toBe(client);
    expect(uninstrumentSubscriber(client)).toBe(client);
    expect(shape()).toEqual(before);
  });

  it("gives the client's own type back", () => {
    expectTypeOf(instrumentSubscriber(createClient(), { monitoring })).toEqualTypeOf(createClient());
    expectTypeOf(instrumentSubscriber(new Redis(offline), { monitoring })).toEqualTypeOf<Redis>();
    const typed: RedisClientType = createClient();
    expectTypeOf(instrumentSubscriber(typed, { monitoring })).toEqualTypeOf<RedisClientType>();
  });

  it.each([
    ['a pool of node-redis 5', () => createClientPool5(), 'got a pool, which cannot subscribe'],
    ['a pool of node-redis 6', () => createClientPool(), 'got a pool, which cannot subscribe'],
    [
      'an object',
      () => ({ on: () => 0, subscribe: () => 0, unsubscribe: () => 0 }),
      'got an object without their methods',
    ],
    ['an array', () => [], 'got an array'],
    ['null', () => null, 'got null'],
    ['nothing', () => undefined, 'got undefined'],
    ['a URL', () => 'redis://localhost', 'got a string'],
    ['a class', () => Redis, 'got a function'],
  ])('refuses %s and says what it expected', (_title, create, got) => {
    for (const [name, fn] of Object.entries({ instrumentSubscriber, uninstrumentSubscriber })) {
      expect(() => fn(create() as never)).toThrow(
        expect.objectContaining({
          code: 'ERR_NOT_INSTRUMENTABLE',
          message: expect.stringMatching(
            `^${name}\\(\\): expected a client, cluster or sentinel of node-redis.*${got}`,
          ) as string,
        }) as Error,
      );
    }
  });

  it('refuses a pool in the types too', () => {
    // @ts-expect-error a pool has no subscribe
    expect(() => instrumentSubscriber(createClientPool())).toThrow('a pool');
  });

  it('refuses a frozen client and leaves it as it was', () => {
    const client = Object.freeze(new Redis(offline));
    expect(() => instrumentSubscriber(client, { monitoring })).toThrow(
      expect.objectContaining({
        code: 'ERR_NOT_INSTRUMENTABLE',
        message: expect.stringContaining('frozen') as string,
      }) as Error,
    );
    expect(Object.hasOwn(client, 'emit')).toBe(false);
  });

  it.each([
    [{ channel: 'full' }, 'ERR_OPTION_UNKNOWN', 'unknown option "channel"'],
    [
      { channelTag: 'short' },
      'ERR_OPTION_TYPE',
      '"channelTag" to be "full", "name" or a function, got the string "short"',
    ],
    [{ context: 'als' }, 'ERR_OPTION_TYPE', '"context" to be one of "async", "explicit"'],
    [
      { silenceAlarmSeconds: 0 },
      'ERR_OPTION_TYPE',
      '"silenceAlarmSeconds" to be a number of seconds from 0.1 to 86400',
    ],
    [{ getRequestId: 'id' }, 'ERR_OPTION_TYPE', '"getRequestId" to be a function'],
    [{ getErrorCode: 7 }, 'ERR_OPTION_TYPE', '"getErrorCode" to be a function'],
    [{ isolateListenerErrors: 1 }, 'ERR_OPTION_TYPE', '"isolateListenerErrors" to be true or false'],
    [{ listenerTime: 'yes' }, 'ERR_OPTION_TYPE', '"listenerTime" to be true or false'],
    [{ monitoring: {} }, 'ERR_OPTION_TYPE', '"monitoring" to be a monitoring'],
    [{ recordCloses: 0 }, 'ERR_OPTION_TYPE', '"recordCloses" to be true or false'],
    [{ instrumentDuplicates: 0 }, 'ERR_OPTION_TYPE', '"instrumentDuplicates" to be true or false'],
  ])('refuses %j', (options, code, text) => {
    const client = createClient();
    expect(() => instrumentSubscriber(client, options as never)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(text) as string }) as Error,
    );
  });

  it('leaves the client alone where monitoring is switched off', async () => {
    const off = new LunaRequestInfluxMonitoring({ enabled: false });
    for (const client of [createClient(), new Redis(offline)]) {
      const before = Object.getOwnPropertyDescriptors(client);
      expect(instrumentSubscriber(client, { monitoring: off })).toBe(client);
      expect(Object.getOwnPropertyDescriptors(client)).toEqual(before);
    }
    await off.stop();
  });

  it('takes off nothing where nothing is on', () => {
    const client = new Redis(offline);
    const before = Reflect.ownKeys(client);
    expect(uninstrumentSubscriber(client)).toBe(client);
    expect(Reflect.ownKeys(client)).toEqual(before);
  });

  it('does nothing more to a client that another copy of the package instrumented', async () => {
    const client = instrumentSubscriber(new Redis(offline), { monitoring });
    const emit: unknown = Object.getOwnPropertyDescriptor(client, 'emit')?.value;
    vi.resetModules();
    const copy = await import('../src/subscriber.ts');
    expect(copy.instrumentSubscriber).not.toBe(instrumentSubscriber);
    copy.instrumentSubscriber(client, { monitoring });
    expect(Object.getOwnPropertyDescriptor(client, 'emit')?.value).toBe(emit);
    copy.uninstrumentSubscriber(client);
    expect(Object.hasOwn(client, 'emit')).toBe(false);
  });

  it('reaches what is patched on the prototype afterwards, and leaves what was patched on top of it', async () => {
    class Patched extends Redis {}
    const client = instrumentSubscriber(new Patched(offline), { monitoring });
    const calls: unknown[] = [];
    Patched.prototype.subscribe = (...args: unknown[]) => {
      calls.push(args);
      return Promise.resolve(1);
    };
    expect(await client.subscribe('a')).toBe(1);
    expect(calls).toEqual([['a']]);

    const ours = Reflect.get(client, 'subscribe') as (...args: string[]) => Promise<unknown>;
    const theirs = (...args: string[]): Promise<unknown> => ours.call(client, ...args, 'more');
    Object.assign(client, { subscribe: theirs });
    uninstrumentSubscriber(client);
    expect(Reflect.get(client, 'subscribe')).toBe(theirs);
    await client.subscribe('b');
    expect(calls).toEqual([['a'], ['b', 'more']]);
  });
});
