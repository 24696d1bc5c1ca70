import { LunaRequestInfluxMonitoring, currentMessage } from '@influx-monitoring/core';
import { startRedis, type RedisServer } from '@influx-monitoring/test-servers';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { VARIANTS, instrumented, uninstrument, untreated, type TestClient, type Treatment } from './support/clients.ts';
import { Journal, pointsOf } from './support/messages.ts';

/** What a listener got: its name, the mode, the channel, the payload. */
type Note = readonly [listener: string, mode: string, channel: string, message: string];

function noting(journal: Journal<Note>, name: string) {
  return (message: string | Buffer, channel: string | Buffer): void => {
    journal.note([name, typeof message === 'string' ? 'text' : 'buffer', String(channel), String(message)]);
  };
}

let server: RedisServer;
let publisher: ReturnType<typeof createClient>;
let monitoring: LunaRequestInfluxMonitoring;
let open: TestClient[] = [];

beforeAll(async () => {
  server = await startRedis();
  publisher = createClient({ url: server.url });
  await publisher.connect();
  await publisher.sendCommand(['ACL', 'SETUSER', 'limited', 'on', '>secret', '+@all', '~*', 'resetchannels', '&open']);
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

/** Publishes in one transaction: the server then sends all of it in one packet. */
async function burst(messages: readonly (readonly [channel: string, message: string])[]): Promise<void> {
  const multi = publisher.multi();
  for (const [channel, message] of messages) multi.publish(channel, message);
  await multi.exec();
}

async function killSubscribers(): Promise<void> {
  await publisher.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
}

async function messagePoints(): Promise<unknown[]> {
  const points = await pointsOf(monitoring, 'redis_message');
  return points.map(({ tags, fields }) => [tags['chanel'], fields['request_id']]);
}

async function errorCounts(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { tags, fields } of await pointsOf(monitoring, 'subscription_error')) {
    const code = String(tags['error_code']);
    counts[code] = (counts[code] ?? 0) + Number(fields['count']);
  }
  return counts;
}

describe.each(VARIANTS)('$name, instrumented', ({ library, create }) => {
  async function connected(treatment: Treatment, url = server.url): Promise<TestClient> {
    const client = create(url);
    treatment(client);
    await client.connect();
    open.push(client);
    return client;
  }

  /** Runs something with a client as it comes, which is closed then: what is published later is not for it. */
  async function runAlone(scenario: (client: TestClient) => Promise<unknown>): Promise<unknown> {
    const client = create(server.url);
    await client.connect();
    const result = await scenario(client);
    await client.close();
    return result;
  }

  /** Runs the same with a client as it comes, then with an instrumented one, and says that nothing differed. */
  async function expectEqual(scenario: (client: TestClient) => Promise<unknown>): Promise<unknown> {
    const bare = await runAlone(scenario);
    const result = await scenario(await connected(instrumented({ monitoring })));
    expect(result).toEqual(bare);
    return result;
  }

  it('delivers channels, arrays of channels, patterns and shards as before, in their order', async () => {
    await expectEqual(async (client) => {
      const journal = new Journal<Note>();
      await client.subscribe({ keys: ['one', 'two'], listener: noting(journal, 'a') });
      await client.subscribe({ kind: 'pattern', keys: ['t*', 'x?'], listener: noting(journal, 'b') });
      await client.subscribe({ kind: 'shard', keys: 'shard', listener: noting(journal, 'c') });
      await burst([
        ['one', '1'],
        ['two', '2'],
        ['x1', '3'],
        ['nobody', '4'],
      ]);
      await journal.reached(4);
      await publisher.sPublish('shard', '5');
      return journal.reached(5);
    });
    expect(await messagePoints()).toEqual([
      ['one', 'none'],
      ['two', 'none'],
      ['two', 'none'],
      ['x1', 'none'],
      ['shard', 'none'],
    ]);
  });

  it('counts each message of a burst once, equal or not, with text and buffer listeners on its channel', async () => {
    const messages = Array.from({ length: 30 }, (_, index): [string, string] => [
      index % 3 === 0 ? 'other' : 'burst',
      JSON.stringify({ request_id: `id-${String(Math.floor(index / 4))}` }),
    ]);
    const notes = await expectEqual(async (client) => {
      const journal = new Journal<Note>();
      const both = noting(journal, 'both');
      await client.subscribe({ keys: ['burst', 'other'], listener: noting(journal, 'text 1') });
      await client.subscribe({ keys: ['burst', 'other'], listener: both, isBuffer: true });
      await client.subscribe({ keys: ['burst', 'other'], listener: both });
      await client.subscribe({ keys: ['burst', 'other'], listener: noting(journal, 'buffer 2'), isBuffer: true });
      await burst(messages);
      return journal.reached(4 * messages.length);
    });
    expect(notes).toHaveLength(120);
    expect(await messagePoints()).toEqual(
      messages.map(([channel, message]) => [channel, (JSON.parse(message) as { request_id: string }).request_id]),
    );
  });

  it('counts a message once for each pattern that it came by, whoever listens', async () => {
    await expectEqual(async (client) => {
      const journal = new Journal<Note>();
      const shared = noting(journal, 'shared');
      await client.subscribe({ kind: 'pattern', keys: 'news.*', listener: noting(journal, 'news') });
      await client.subscribe({ kind: 'pattern', keys: '*.sport', listener: noting(journal, 'sport') });
      await client.subscribe({ kind: 'pattern', keys: ['*.sport', 'n*'], listener: shared });
      await burst(Array.from({ length: 5 }, (): [string, string] => ['news.sport', 'same']));
      // ioredis has one event for all patterns, so all three listeners get each; node-redis each its own.
      await journal.reached(5 * (library === 'ioredis' ? 9 : 4));
      return journal.entries;
    });
    expect(await messagePoints()).toHaveLength(15);
  });

  it('shares one fresh context among the listeners of a message', async () => {
    const contexts = new Journal<unknown>();
    const client = await connected(instrumented({ monitoring }));
    const note = (): void => {
      contexts.note(currentMessage());
    };
    await client.subscribe({ keys: 'shared', listener: note });
    await client.subscribe({ keys: 'shared', listener: () => Promise.resolve().then(note), isBuffer: true });
    await burst([
      ['shared', '{"requestId":7}'],
      ['shared', '{"requestId":7}'],
    ]);
    const all = await contexts.reached(4);
    expect(new Set(all).size).toBe(2);
    for (const context of all) expect(context).toMatchObject({ channel: 'shared', requestId: '7' });
    expect(await messagePoints()).toHaveLength(2);
  });

  it('unsubscribes with the original listener before, between and after', async () => {
    const scenario = async (client: TestClient, switchOn: () => void, switchOff: () => void): Promise<unknown> => {
      const journal = new Journal<Note>();
      const [first, second, third] = [noting(journal, 'first'), noting(journal, 'second'), noting(journal, 'third')];
      const last = noting(journal, 'last');
      await client.subscribe({ keys: ['a', 'b'], listener: first });
      await client.subscribe({ keys: 'a', listener: last });
      switchOn();
      await client.subscribe({ keys: 'a', listener: second });
      await client.subscribe({ keys: 'a', listener: third, isBuffer: true });
      await burst([['a', '1']]);
      await journal.reached(4);
      await client.unsubscribe({ keys: ['a', 'b'], listener: first });
      await burst([['a', '2']]);
      await journal.reached(7);
      switchOff();
      await burst([['a', '3']]);
      await journal.reached(10);
      await client.unsubscribe({ keys: 'a', listener: second });
      await client.unsubscribe({ keys: 'a', listener: third, isBuffer: true });
      await burst([['a', '4']]);
      return journal.reached(11);
    };
    const nothing = (): void => undefined;
    const bare = await runAlone((client) => scenario(client, nothing, nothing));
    const client = await connected(untreated);
    const result = await scenario(
      client,
      () => {
        instrumented({ monitoring })(client);
      },
      () => {
        uninstrument(client);
      },
    );
    expect(result).toEqual(bare);
    expect(await messagePoints()).toHaveLength(2);
  });

  it('receives again after its connection was killed, and records the loss once', async () => {
    await expectEqual(async (client) => {
      const journal = new Journal<Note>();
      const events = new Journal<unknown>();
      const ready = new Promise((resolve) => {
        client.client.on('reconnecting', () => {
          client.client.once('ready', resolve);
        });
      });
      client.client.on('error', (error: Error) => {
        events.note(error.message);
      });
      const listener = noting(journal, 'a');
      await client.subscribe({ keys: 'again', listener });
      await client.subscribe({ kind: 'pattern', keys: 'p.*', listener });
      await killSubscribers();
      await ready;
      // Subscriptions are restored before any command that comes now.
      await client.subscribe({ keys: 'fence', listener: noting(journal, 'fence') });
      await burst([
        ['again', '1'],
        ['p.1', '2'],
      ]);
      await journal.reached(2);
      return [journal.entries, events.entries];
    });
    expect(await messagePoints()).toHaveLength(2);
    expect(await errorCounts()).toEqual(library === 'ioredis' ? { CONNECTION_CLOSED: 1 } : { 1: 1 });
  });

  it('rejects a channel that the ACL denies with the same error, and records it', async () => {
    const url = server.url.replace('redis://', 'redis://limited:secret@');
    const attempt = async (treatment: Treatment): Promise<unknown> => {
      const client = await connected(treatment, url);
      const emitted: unknown[] = [];
      client.client.on('error', (error) => emitted.push(error));
      const error: unknown = await client.bareSubscribe('denied', () => undefined).catch((reason: unknown) => reason);
      const { name, message, constructor } = error as Error;
      return [name, message, constructor.name, emitted];
    };
    const bare = await attempt(untreated);
    expect(await attempt(instrumented({ monitoring }))).toEqual(bare);
    expect(bare).toMatchObject([expect.anything(), expect.stringContaining('NOPERM'), expect.anything(), []]);
    expect(await errorCounts()).toEqual({ 1: 1 });
  });

  it('adds and removes no listener', () => {
    const client = create(server.url);
    const names = ['error', 'message', 'messageBuffer', 'pmessage', 'smessage', 'close', 'end', 'ready', 'connect'];
    const count = (): unknown => [
      client.client.eventNames().map(String),
      names.map((name) => client.client.listenerCount(name)),
    ];
    const before = count();
    instrumented({ monitoring })(client);
    expect(count()).toEqual(before);
    uninstrument(client);
    expect(count()).toEqual(before);
  });

  it('leaves no property behind', () => {
    const client = create(server.url);
    const shape = (): unknown =>
      [client.client, client.target].map((object) => [
        Reflect.ownKeys(object),
        Object.getOwnPropertyDescriptors(object),
      ]);
    const before = shape();
    instrumented({ monitoring, listenerTime: true, silenceAlarmSeconds: 1 })(client);
    expect(shape()).not.toEqual(before);
    uninstrument(client);
    expect(shape()).toEqual(before);
  });

  it('measures what was subscribed before', async () => {
    const client = await connected(untreated);
    const journal = new Journal<unknown>();
    const note = (): void => {
      journal.note(currentMessage()?.requestId);
    };
    await client.subscribe({ keys: 'early', listener: note });
    await client.subscribe({ kind: 'pattern', keys: 'early*', listener: note, isBuffer: true });
    instrumented({ monitoring })(client);
    await burst([['early', '{"request_id":"r"}']]);
    expect(await journal.reached(2)).toEqual(['r', 'r']);
    expect(await messagePoints()).toHaveLength(2);
  });

  it('is instrumented once, however often it is asked for', async () => {
    const client = await connected(instrumented({ monitoring }));
    instrumented({ monitoring })(client);
    const journal = new Journal<Note>();
    await client.subscribe({ keys: 'twice', listener: noting(journal, 'a') });
    await burst([['twice', '1']]);
    await journal.reached(1);
    expect(await messagePoints()).toHaveLength(1);
    uninstrument(client);
    await burst([['twice', '2']]);
    await journal.reached(2);
    expect(await messagePoints()).toHaveLength(1);
  });
});

/** Of ioredis a listener has nothing to do with the command, so nothing of it is ever on its way. */
const NODE_REDIS_VARIANTS = VARIANTS.filter(({ library }) => library === 'node-redis');

describe.each(NODE_REDIS_VARIANTS)('$name, while a subscription is on its way', ({ create }) => {
  async function connected(): Promise<TestClient> {
    const client = create(server.url);
    await client.connect();
    open.push(client);
    return client;
  }

  it('gives the original listener back when it is uninstrumented', async () => {
    const client = await connected();
    instrumented({ monitoring })(client);
    const journal = new Journal<Note>();
    const listener = noting(journal, 'a');
    const subscribed = client.subscribe({ keys: 'left', listener });
    uninstrument(client);
    await subscribed;
    await burst([['left', '1']]);
    await journal.reached(1);
    expect(await messagePoints()).toEqual([]);
    await client.unsubscribe({ keys: 'left', listener });
    expect(await publisher.publish('left', '2')).toBe(0);
  });

  it('unsubscribes with the original listener when it was instrumented meanwhile', async () => {
    const client = await connected();
    const listener = noting(new Journal<Note>(), 'a');
    const subscribed = client.subscribe({ keys: 'come', listener });
    instrumented({ monitoring })(client);
    await subscribed;
    await client.subscribe({ keys: 'come', listener: noting(new Journal<Note>(), 'b') });
    await client.unsubscribe({ keys: 'come', listener });
    expect(await publisher.publish('come', '1')).toBe(1);
    const journal = new Journal<Note>();
    await client.subscribe({ keys: 'fence', listener: noting(journal, 'fence') });
    await burst([
      ['come', '2'],
      ['fence', '3'],
    ]);
    await journal.reached(1);
    await client.unsubscribe({ keys: 'fence', listener });
    expect(journal.entries).toEqual([['fence', 'text', 'fence', '3']]);
  });
});
