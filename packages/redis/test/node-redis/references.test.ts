import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { startRedis, type RedisServer } from '@influx-monitoring/test-servers';
import { createClient } from 'redis';
import { createClient as createClient4 } from 'redis-4';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instrumentSubscriber } from '../../src/index.ts';
import { VARIANTS, instrumented, uninstrument, type TestClient } from '../support/clients.ts';
import { Journal, pointsOf } from '../support/messages.ts';

type Command = (...args: unknown[]) => Promise<unknown>;

let server: RedisServer;
let publisher: ReturnType<typeof createClient>;
let monitoring: LunaRequestInfluxMonitoring;
let open: TestClient[] = [];
beforeAll(async () => {
  server = await startRedis();
  publisher = createClient({ url: server.url });
  await publisher.connect();
});
afterAll(async () => {
  publisher.destroy();
  await server.stop();
});
beforeEach(() => {
  monitoring = new LunaRequestInfluxMonitoring({});
});
afterEach(async () => {
  for (const client of open) await client.close();
  open = [];
  await monitoring.stop();
});

const recorded = async (): Promise<number> => (await pointsOf(monitoring, 'redis_message')).length;

/** Publishes, and waits for what is published last: then all of it was delivered. */
async function deliver(client: TestClient, channel: string, isShard = false): Promise<void> {
  const fence = new Journal<unknown>();
  await client.subscribe({ keys: 'fence', listener: fence.note });
  const multi = publisher.multi();
  if (isShard) multi.sPublish(channel, '1');
  else multi.publish(channel, '1');
  await multi.publish('fence', '').exec();
  await fence.reached(1);
  await client.unsubscribe({ keys: 'fence', listener: fence.note });
}

const NODE_REDIS = VARIANTS.filter(({ library }) => library === 'node-redis');
const METHODS = [
  ['subscribe', 'unsubscribe', 'ab'],
  ['SUBSCRIBE', 'UNSUBSCRIBE', 'ab'],
  ['pSubscribe', 'pUnsubscribe', 'a*'],
  ['PSUBSCRIBE', 'PUNSUBSCRIBE', 'a*'],
  ['sSubscribe', 'sUnsubscribe', 'ab'],
] as const;

describe.each(NODE_REDIS)('$name, by references that were taken before', ({ create }) => {
  async function connected(): Promise<TestClient> {
    const client = create(server.url);
    await client.connect();
    open.push(client);
    return client;
  }

  describe.each(METHODS)('%s, %s', (subscribeName, unsubscribeName, key) => {
    it.each([
      ['before', false],
      ['after', true],
    ])('unsubscribes what was subscribed %s, and records what is subscribed', async (_title, isSubscribedAfter) => {
      const test = await connected();
      const { client } = test;
      const isShard = subscribeName.startsWith('sS');
      const taken = (name: string): Command => (Reflect.get(client, name) as Command).bind(client);
      const [subscribe, unsubscribe] = [taken(subscribeName), taken(unsubscribeName)];
      let calls = 0;
      const listener = (): number => (calls += 1);
      const other = (): undefined => undefined;
      if (!isSubscribedAfter) await subscribe(key, listener);
      instrumented({ monitoring })(test);
      await (isSubscribedAfter ? subscribe : taken(subscribeName))(key, listener);
      await taken(subscribeName)(key, other, true);

      await deliver(test, 'ab', isShard);
      expect([calls, await recorded()]).toEqual([1, 2]); // the fence is one
      await unsubscribe(key, listener);
      await deliver(test, 'ab', isShard);
      expect([calls, await recorded()]).toEqual([1, 4]);
      await unsubscribe(key, other, true);
      await deliver(test, 'ab', isShard);
      expect([calls, await recorded()]).toEqual([1, 5]);
    });
  });

  it('keeps the functions that its user gave', async () => {
    const test = await connected();
    const { client } = test;
    const listener = (): undefined => undefined;
    await test.subscribe({ keys: 'a', listener });
    instrumented({ monitoring })(test);
    await test.subscribe({ keys: 'b', listener });
    const mapOf = Reflect.get(client, 'getPubSubListeners') as (kind: string) => Map<string, { strings: Set<unknown> }>;
    const map = mapOf.call(client, 'CHANNELS');
    for (const key of ['a', 'b']) {
      const strings = map.get(key)?.strings;
      expect([strings?.size, strings?.has(listener)]).toEqual([1, true]);
      const given: unknown[] = [];
      strings?.forEach((each) => given.push(each));
      expect([given, [...(strings ?? [])]]).toEqual([[listener], [listener]]);
    }
    const isPlain = (): boolean => Object.getPrototypeOf(map) === Map.prototype;
    expect(isPlain()).toBe(false);
    uninstrument(test);
    expect(isPlain()).toBe(true);
    expect([...map.values()].every(({ strings }) => Object.getPrototypeOf(strings) === Set.prototype)).toBe(true);
  });

  it('tells patterns apart that were subscribed before, after a reconnect and after instrumenting anew, too', async () => {
    const test = await connected();
    test.client.on('error', () => undefined);
    let calls = 0;
    for (const keys of ['a*', '*b']) await test.subscribe({ kind: 'pattern', keys, listener: () => (calls += 1) });
    instrumented({ monitoring })(test);
    const expectTwo = async (): Promise<void> => {
      const [callsBefore, pointsBefore] = [calls, await recorded()];
      await deliver(test, 'ab');
      expect([calls - callsBefore, (await recorded()) - pointsBefore]).toEqual([2, 3]);
    };
    await expectTwo();
    const ready = new Promise((resolve) => test.client.once('ready', resolve));
    await publisher.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
    await ready;
    await expectTwo();
    uninstrument(test);
    instrumented({ monitoring })(test);
    await expectTwo();
  });
});

describe('the legacy mode of node-redis 4', () => {
  it('is recorded by its promise API, errors of subscribing included', async () => {
    await publisher.sendCommand(['ACL', 'SETUSER', 'few', 'on', '>secret', '+@all', '~*', 'resetchannels', '&ok']);
    const client = createClient4({ url: server.url.replace('redis://', 'redis://few:secret@'), legacyMode: true });
    instrumentSubscriber(client, { monitoring });
    await client.connect();
    const seen = new Journal<unknown>();
    const { v4 } = client as unknown as { v4: Record<'subscribe' | 'unsubscribe', Command> };
    await v4.subscribe('ok', seen.note);
    await publisher.publish('ok', '1');
    await seen.reached(1);
    expect(await recorded()).toBe(1);
    await expect(v4.subscribe('denied', seen.note)).rejects.toThrow('NOPERM');
    expect(await pointsOf(monitoring, 'subscription_error')).toHaveLength(1);
    await v4.unsubscribe('ok', seen.note);
    expect(await publisher.publish('ok', '2')).toBe(0);
    await client.disconnect();
  });
});
