import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { createClient as createClient4 } from 'redis-4';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instrumentSubscriber, uninstrumentSubscriber } from '../../src/index.ts';
import { pointsOf } from '../support/messages.ts';

let monitoring: LunaRequestInfluxMonitoring;
beforeEach(() => {
  monitoring = new LunaRequestInfluxMonitoring({});
});
afterEach(async () => {
  await monitoring.stop();
});

const ioredis = (): Redis => new Redis({ lazyConnect: true });

function deliver(client: Redis): void {
  client.emit('message', 'a', '1');
  client.emit('messageBuffer', Buffer.from('a'), Buffer.from('1'));
}

const recorded = async (): Promise<number> => (await pointsOf(monitoring, 'redis_message')).length;

describe('a method of ours that somebody took away', () => {
  it('is put back by instrumenting again, and nothing is counted twice', async () => {
    const client = instrumentSubscriber(ioredis(), { monitoring });
    Reflect.deleteProperty(client, 'emit');
    deliver(client);
    expect(await recorded()).toBe(0);
    instrumentSubscriber(client, { monitoring });
    deliver(client);
    expect(await recorded()).toBe(1);
    instrumentSubscriber(client, { monitoring });
    deliver(client);
    expect(await recorded()).toBe(2);
    uninstrumentSubscriber(client);
    expect(Object.hasOwn(client, 'emit')).toBe(false);
  });

  it.each([
    ['node-redis 4', createClient4],
    ['node-redis 6', createClient],
  ])('of %s is put back, too', async (_title, create) => {
    const client = (create as typeof createClient)();
    client.on('error', () => undefined);
    const target = (Reflect.get(client, '_self') ?? client) as object;
    instrumentSubscriber(client, { monitoring });
    for (const name of ['emit', 'SUBSCRIBE']) Reflect.deleteProperty(target, name);
    instrumentSubscriber(client, { monitoring });
    for (const name of ['emit', 'SUBSCRIBE']) expect(Object.hasOwn(target, name)).toBe(true);
    client.emit('error', new Error('of the connection'));
    expect(await pointsOf(monitoring, 'subscription_error')).toHaveLength(1);
  });

  it('is not put over one that another tool put over it so that it would count twice', async () => {
    const client = instrumentSubscriber(ioredis(), { monitoring });
    const ours = client.emit.bind(client);
    let seen = 0;
    client.emit = (...args: Parameters<typeof ours>) => {
      seen += 1;
      return ours(...args);
    };
    instrumentSubscriber(client, { monitoring });
    deliver(client);
    expect([seen, await recorded()]).toEqual([2, 1]);
    uninstrumentSubscriber(client);
    deliver(client);
    expect([seen, await recorded()]).toEqual([4, 1]);
  });
});

describe('a method that cannot be replaced', () => {
  it.each(['ssubscribe', 'subscribe', 'duplicate', 'silentEmit'])('is left and counted: %s', async (name) => {
    const warnings: unknown[] = [];
    const note = (warning: Error): number => warnings.push(warning.message);
    process.on('warning', note);
    for (const client of [ioredis(), ioredis()]) {
      Object.defineProperty(client, name, { value: Reflect.get(client, name), configurable: false, writable: false });
      instrumentSubscriber(client, { monitoring });
      instrumentSubscriber(client, { monitoring });
      deliver(client);
      uninstrumentSubscriber(client);
      expect(Object.hasOwn(client, 'emit')).toBe(false);
    }
    await new Promise(setImmediate);
    process.off('warning', note);
    expect(await recorded()).toBe(2);
    // Whoever instruments again asks again.
    expect(monitoring.stats().counters['redis_method_not_replaced']).toBeGreaterThanOrEqual(2);
    expect(warnings).toEqual([expect.stringContaining(`${name}() of a Redis client cannot be replaced`)]);
  });

  it('is an error where it is the one that tells of messages', () => {
    const client = ioredis();
    Object.defineProperty(client, 'emit', { value: client.emit.bind(client), configurable: false });
    expect(() => instrumentSubscriber(client, { monitoring })).toThrow(
      expect.objectContaining({ code: 'ERR_NOT_INSTRUMENTABLE' }) as Error,
    );
    expect(Object.hasOwn(client, 'subscribe')).toBe(false);
    expect(Object.getOwnPropertySymbols(client).map(String).join()).not.toContain('influx-monitoring');
  });
});
