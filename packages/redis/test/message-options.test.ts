import { LunaRequestInfluxMonitoring, currentMessage } from '@influx-monitoring/core';
import { startRedis, type RedisServer } from '@influx-monitoring/test-servers';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instrumentSubscriber, type InstrumentSubscriberOptions } from '../src/index.ts';
import { VARIANTS, instrumented, uninstrument, type TestClient } from './support/clients.ts';
import { Journal, pointsOf } from './support/messages.ts';

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

// One client of each library: what is tested here is the same code for all their versions.
const LIBRARIES = VARIANTS.filter(({ name }) => name === 'node-redis 6' || name === 'ioredis 6');

describe.each(LIBRARIES)('$name', ({ create }) => {
  async function connected(options: InstrumentSubscriberOptions = {}): Promise<TestClient> {
    const client = create(server.url);
    instrumented({ monitoring, ...options })(client);
    await client.connect();
    open.push(client);
    return client;
  }

  const messagePoints = () => pointsOf(monitoring, 'redis_message');

  it('stores hostile channels and payloads safely, and delivers them as they are', async () => {
    const channels = ['a\nb', 'x,y=z "q"\\', '__proto__', 'a\u0000\u001fb', '#', 'заявка', ' ', 'c'.repeat(5000)];
    const payloads = [
      '\n',
      '"\\',
      '{"request_id":"a\\nb\\"c\\\\"}',
      '{"__proto__":1}',
      '\u0000',
      'x'.repeat(3_000_000),
      '',
    ];
    const client = await connected();
    const journal = new Journal<readonly [string, string]>();
    await client.subscribe({
      keys: channels,
      listener: (message, channel) => {
        journal.note([String(channel), String(message)]);
      },
    });
    const sent = channels.flatMap((channel) => payloads.map((payload) => [channel, payload] as const));
    for (const [channel, payload] of sent) await publisher.publish(channel, payload);
    expect(await journal.reached(sent.length)).toEqual(sent);
    const points = await messagePoints();
    expect(points).toHaveLength(sent.length);
    expect(new Set(points.map(({ series }) => series))).toEqual(new Set(['redis_message']));
    expect(points.filter(({ fields }) => fields['request_id'] !== 'none')).toHaveLength(channels.length);
    expect(points.every(({ tags }) => Object.keys(tags).every((key) => key === 'chanel' || key === 'service'))).toBe(
      true,
    );
    expect(monitoring.stats().dropped).toBe(0);
  });

  it.each([
    ['name', 'luna-sender'],
    [(channel: string) => channel.toUpperCase(), 'LUNA-SENDER:1'],
    [
      () => {
        throw new Error('tag');
      },
      'none',
    ],
    [() => 7 as never, 'none'],
  ])('has the tag chanel that channelTag says: %s', async (channelTag, tag) => {
    const client = await connected({ channelTag: channelTag as 'name' });
    const journal = new Journal<unknown>();
    await client.subscribe({
      keys: 'luna-sender:1',
      listener: () => {
        journal.note(currentMessage()?.channel);
      },
    });
    await publisher.publish('luna-sender:1', '1');
    expect(await journal.reached(1)).toEqual(['luna-sender:1']);
    expect((await messagePoints()).map(({ tags }) => tags['chanel'])).toEqual([tag]);
  });

  it('takes the request id from getRequestId, and none where that throws', async () => {
    const got = new Journal<unknown>();
    const client = await connected({
      getRequestId: (message, channel) => {
        if (message === 'bad') throw new Error('id');
        return `${channel}/${String(message)}`;
      },
    });
    await client.subscribe({
      keys: 'a',
      listener: () => {
        got.note(currentMessage()?.requestId);
      },
    });
    await publisher.publish('a', '{"request_id":"not this"}');
    await publisher.publish('a', 'bad');
    expect(await got.reached(2)).toEqual(['a/{"request_id":"not this"}', 'none']);
    expect(monitoring.stats().counters).toEqual({ redis_option_threw: 1 });
  });

  it('knows the message only while the listener runs where the context is explicit', async () => {
    const client = await connected({ context: 'explicit' });
    const seen = new Journal<unknown>();
    await client.subscribe({
      keys: 'a',
      listener: async () => {
        seen.note(currentMessage()?.requestId);
        await Promise.resolve();
        seen.note(currentMessage()?.requestId);
      },
    });
    await publisher.publish('a', '{"request_id":"r"}');
    expect(await seen.reached(2)).toEqual(['r', undefined]);
  });

  it('times the longest listener, what it awaits included, and records when all are done', async () => {
    const client = await connected({ listenerTime: true, isolateListenerErrors: true });
    const seen = new Journal<unknown>();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    await client.subscribe({ keys: ['a', 'b'], listener: (_message, channel) => (channel === 'a' ? gate : undefined) });
    await client.subscribe({
      keys: ['a', 'b'],
      listener: () => {
        throw new Error('short');
      },
    });
    await client.subscribe({
      keys: ['a', 'b'],
      listener: (_message, channel) => {
        seen.note(String(channel));
      },
    });
    await publisher.publish('a', '1');
    await publisher.publish('b', '2');
    await seen.reached(2);
    const [first] = await messagePoints();
    expect(first?.tags['chanel']).toBe('b');
    expect(await messagePoints()).toHaveLength(1);
    const releasedMs = performance.now();
    while (performance.now() - releasedMs < 20);
    release();
    await gate;
    const points = await messagePoints();
    expect(points.map(({ tags }) => tags['chanel'])).toEqual(['a', 'b']);
    expect(points[0]?.fields['listener_time']).toBeGreaterThanOrEqual(0.02);
    expect(points[1]?.fields['listener_time']).toBeLessThan(0.02);
  });

  it('records the messages whose listeners still run when it is uninstrumented', async () => {
    const client = await connected({ listenerTime: true });
    const seen = new Journal<unknown>();
    await client.subscribe({
      keys: 'a',
      listener: () => {
        seen.note('a');
        return new Promise(() => undefined);
      },
    });
    await publisher.publish('a', '1');
    await seen.reached(1);
    expect(await messagePoints()).toEqual([]);
    uninstrument(client);
    expect(await messagePoints()).toHaveLength(1);
  });

  it.each([
    [true, 1],
    [false, 0],
  ])('instruments what duplicate() returns where instrumentDuplicates is %s', async (instrumentDuplicates, count) => {
    const { client } = await connected({ instrumentDuplicates });
    // Both libraries: a client like this one.
    const duplicate = (Reflect.get(client, 'duplicate') as () => typeof client).call(client);
    const seen = new Journal<unknown>();
    if (duplicate instanceof Redis) {
      duplicate.on('message', () => {
        seen.note(1);
      });
      await duplicate.subscribe('a');
    } else {
      await duplicate.connect();
      await (Reflect.get(duplicate, 'subscribe') as typeof publisher.subscribe).call(duplicate as never, 'a', () => {
        seen.note(1);
      });
    }
    await publisher.publish('a', '1');
    await seen.reached(1);
    expect(await messagePoints()).toHaveLength(count);
    (Reflect.get(duplicate, duplicate instanceof Redis ? 'disconnect' : 'destroy') as () => void).call(duplicate);
  });
});

describe('ioredis', () => {
  it('keeps once, prepended and removed listeners as Node has them', async () => {
    const run = async (client: Redis): Promise<unknown[]> => {
      const journal = new Journal<unknown>();
      const removed = (): void => {
        journal.note('removed');
      };
      client.on('message', function (this: unknown, ...args: unknown[]) {
        journal.note(['on', this === client, ...args]);
        client.off('message', removed);
      });
      client.once('message', (...args: unknown[]) => {
        journal.note(['once', ...args]);
      });
      client.on('message', removed);
      client.prependListener('message', (...args: unknown[]) => {
        journal.note(['first', ...args]);
      });
      client.on('pmessageBuffer', (...args) => {
        journal.note(['buffer', ...args.map(String)]);
      });
      await client.subscribe('a');
      await client.psubscribe('a*');
      await publisher.multi().publish('a', '1').publish('a', '').exec();
      await journal.reached(8);
      client.disconnect();
      return journal.entries;
    };
    const bare = await run(new Redis(server.url));
    expect(bare).toHaveLength(8);
    expect(await run(instrumentSubscriber(new Redis(server.url), { monitoring }))).toEqual(bare);
    expect(await pointsOf(monitoring, 'redis_message')).toHaveLength(4);
  });

  it('calls an emit that somebody else put there before, and counts its messages', async () => {
    const client = new Redis({ lazyConnect: true });
    const emitted: unknown[] = [];
    const emit = client.emit.bind(client);
    client.emit = (...args: Parameters<typeof emit>) => {
      emitted.push(args[0]);
      return emit(...args);
    };
    instrumentSubscriber(client, { monitoring });
    const ids: unknown[] = [];
    client.on('message', () => ids.push(currentMessage()?.requestId));
    expect(client.emit('message', 'a', '{"request_id":"r"}')).toBe(true);
    expect(client.emit('messageBuffer', Buffer.from('a'), Buffer.from('1'))).toBe(false);
    expect([emitted, ids]).toEqual([['message', 'messageBuffer'], ['r']]);
    expect(await pointsOf(monitoring, 'redis_message')).toHaveLength(1);
  });

  it('leaves a callback of subscribe its error, and nothing unhandled', async () => {
    await publisher.sendCommand(['ACL', 'SETUSER', 'few', 'on', '>secret', '+@all', '~*', 'resetchannels']);
    const client = new Redis(server.url.replace('redis://', 'redis://few:secret@'));
    instrumentSubscriber(client, { monitoring });
    const error = await new Promise((resolve) => {
      void client.subscribe('denied', resolve);
    });
    expect(String(error)).toContain('NOPERM');
    expect(await pointsOf(monitoring, 'subscription_error')).toHaveLength(1);
    client.disconnect();
  });
});
