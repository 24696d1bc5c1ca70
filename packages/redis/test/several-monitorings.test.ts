import { LunaRequestInfluxMonitoring, currentMessage } from '@influx-monitoring/core';
import { startRedis, type RedisServer } from '@influx-monitoring/test-servers';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instrumentSubscriber, uninstrumentSubscriber } from '../src/index.ts';
import { VARIANTS, type TestClient } from './support/clients.ts';
import { Journal, pointsOf } from './support/messages.ts';

let server: RedisServer;
let publisher: ReturnType<typeof createClient>;
let first: LunaRequestInfluxMonitoring;
let second: LunaRequestInfluxMonitoring;
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
  first = new LunaRequestInfluxMonitoring({ service: 'first' });
  second = new LunaRequestInfluxMonitoring({ service: 'second' });
});
afterEach(async () => {
  for (const client of open) await client.close();
  open = [];
  await first.stop();
  await second.stop();
});

async function counts(series = 'redis_message'): Promise<unknown> {
  return [(await pointsOf(first, series)).length, (await pointsOf(second, series)).length];
}

describe.each(VARIANTS)('$name, instrumented for two monitorings', ({ create }) => {
  async function connected(): Promise<TestClient> {
    const client = create(server.url);
    await client.connect();
    open.push(client);
    return client;
  }

  it('records each message in both, in one context, and leaves one where the other is taken off', async () => {
    const test = await connected();
    const { client } = test;
    const untouched = Reflect.ownKeys(test.target);
    instrumentSubscriber(client, { monitoring: first, channelTag: 'name' });
    const contexts = new Journal<unknown>();
    const listener = (): void => {
      contexts.note(currentMessage());
    };
    await test.subscribe({ keys: 'a:1', listener });
    instrumentSubscriber(client, { monitoring: second, listenerTime: true, getRequestId: () => 'other' });
    await test.subscribe({ keys: 'a:1', listener, isBuffer: true });

    await publisher.publish('a:1', '{"request_id":"r"}');
    const [one, two] = await contexts.reached(2);
    expect(one).toBe(two);
    expect(one).toMatchObject({ channel: 'a:1', requestId: 'r' });
    expect(await pointsOf(first, 'redis_message')).toMatchObject([
      { tags: { chanel: 'a', service: 'first' }, fields: { request_id: 'r' } },
    ]);
    expect(await pointsOf(second, 'redis_message')).toMatchObject([
      {
        tags: { chanel: 'a:1', service: 'second' },
        fields: { request_id: 'other', listener_time: expect.any(Number) as number },
      },
    ]);

    uninstrumentSubscriber(client, { monitoring: first });
    await publisher.publish('a:1', '2');
    await contexts.reached(4);
    expect(await counts()).toEqual([1, 2]);

    // Another that was never put on takes nothing off.
    uninstrumentSubscriber(client, { monitoring: first });
    await publisher.publish('a:1', '3');
    await contexts.reached(6);
    expect(await counts()).toEqual([1, 3]);

    uninstrumentSubscriber(client, { monitoring: second });
    expect(Reflect.ownKeys(test.target)).toEqual(untouched);
    await publisher.publish('a:1', '4');
    await contexts.reached(8);
    expect(await counts()).toEqual([1, 3]);
  });

  it('records each error in both, and isolates a listener where one of them asks for it', async () => {
    const test = await connected();
    instrumentSubscriber(test.client, { monitoring: first });
    instrumentSubscriber(test.client, { monitoring: second, isolateListenerErrors: true });
    const seen = new Journal<unknown>();
    await test.subscribe({
      keys: 'b',
      listener: () => {
        throw new Error('thrown');
      },
    });
    await test.subscribe({ keys: 'b', listener: () => Promise.reject(new Error('rejected')) });
    await test.subscribe({ keys: 'b', listener: seen.note });
    await publisher.publish('b', '1');
    await seen.reached(1);
    await Promise.resolve();
    expect(await counts('subscription_error')).toEqual([2, 2]);
  });

  it('takes all off without a monitoring given', async () => {
    const test = await connected();
    const untouched = Reflect.ownKeys(test.target);
    for (const monitoring of [first, second]) instrumentSubscriber(test.client, { monitoring });
    uninstrumentSubscriber(test.client);
    expect(Reflect.ownKeys(test.target)).toEqual(untouched);
  });
});

it('instruments a duplicate for each monitoring that wants it', () => {
  const client = createClient();
  instrumentSubscriber(client, { monitoring: first });
  instrumentSubscriber(client, { monitoring: second, instrumentDuplicates: false });
  const duplicate = client.duplicate();
  duplicate.on('error', () => undefined);
  duplicate.emit('error', new Error('of the duplicate'));
  expect([first.stats().recorded, second.stats().recorded]).toEqual([1, 0]);
});

it('refuses an option that uninstrumentSubscriber() does not have', () => {
  expect(() => uninstrumentSubscriber(createClient(), { listenerTime: true } as never)).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION_UNKNOWN' }) as Error,
  );
});
