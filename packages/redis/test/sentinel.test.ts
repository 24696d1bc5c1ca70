import { setImmediate } from 'node:timers/promises';
import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { freePort, startRedis, type RedisServer } from '@influx-monitoring/test-servers';
import { createClient, createSentinel } from 'redis';
import { createSentinel as createSentinel5 } from 'redis-5';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instrumentSubscriber, uninstrumentSubscriber } from '../src/index.ts';
import { Journal, pointsOf } from './support/messages.ts';
import { startSentinel, type SentinelServer } from './support/sentinel-server.ts';

let master: RedisServer;
let sentinel: SentinelServer;
let publisher: ReturnType<typeof createClient>;
let monitoring: LunaRequestInfluxMonitoring;
beforeAll(async () => {
  master = await startRedis();
  sentinel = await startSentinel({ port: await freePort(), masterPort: master.port });
  publisher = createClient({ url: master.url });
  await publisher.connect();
});
afterAll(async () => {
  publisher.destroy();
  await sentinel.stop();
  await master.stop();
});
beforeEach(() => {
  monitoring = new LunaRequestInfluxMonitoring({});
});
afterEach(async () => {
  await monitoring.stop();
});

const SENTINELS = [
  { name: 'node-redis 5', create: createSentinel5 },
  { name: 'node-redis 6', create: createSentinel },
] as const;

describe.each(SENTINELS)('a sentinel of $name', ({ create }) => {
  it('counts messages once, and unsubscribes with the original listener before and after', async () => {
    // Both versions take this; their types have the same names only.
    const subscriber = (create as typeof createSentinel)({
      name: 'main',
      sentinelRootNodes: [{ host: '127.0.0.1', port: sentinel.port }],
    });
    instrumentSubscriber(subscriber, { monitoring });
    await subscriber.connect();
    const journal = new Journal<string>();
    const first = (message: string | Buffer): void => {
      journal.note(`first ${String(message)}`);
    };
    const second = (message: Buffer): void => {
      journal.note(`second ${String(message)}`);
    };
    const third = (message: string | Buffer): void => {
      journal.note(`third ${String(message)}`);
    };
    await subscriber.subscribe('a', first);
    await subscriber.subscribe('a', second, true);
    await subscriber.subscribe('a', third);
    await subscriber.pSubscribe('b*', first);
    await publisher.multi().publish('a', '1').publish('a', '1').publish('b', '1').exec();
    await journal.reached(7);
    expect(await pointsOf(monitoring, 'redis_message')).toHaveLength(3);

    await subscriber.unsubscribe('a', third);
    uninstrumentSubscriber(subscriber);
    await setImmediate();
    await publisher.multi().publish('a', '2').publish('b', '2').exec();
    await journal.reached(10);
    await subscriber.unsubscribe('a', first);
    await subscriber.pUnsubscribe('b*', first);
    await publisher.multi().publish('b', '3').publish('a', '3').exec();
    expect(await journal.reached(11)).toEqual([
      ...['second 1', 'first 1', 'third 1', 'second 1', 'first 1', 'third 1', 'first 1'],
      ...['second 2', 'first 2', 'first 2', 'second 3'],
    ]);
    expect(await pointsOf(monitoring, 'redis_message')).toHaveLength(3);
    await subscriber.destroy();
  });
});
