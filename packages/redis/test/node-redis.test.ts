import { LunaRequestInfluxMonitoring, currentMessage } from '@influx-monitoring/core';
import { createClient } from 'redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instrumentSubscriber } from '../src/index.ts';
import { startRedis, type RedisServer } from '@influx-monitoring/test-servers';
import { Journal, pointsOf } from './support/messages.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  await server.stop();
});

it('carries the context of a message through what its listener awaits', async () => {
  const monitoring = new LunaRequestInfluxMonitoring({});
  const publisher = await createClient({ url: server.url }).connect();
  const client = instrumentSubscriber(createClient({ url: server.url }), { monitoring });
  await client.connect();
  const journal = new Journal<unknown>();
  await client.subscribe('luna-sender:1', async (message, channel) => {
    await publisher.ping();
    journal.note([message, channel, currentMessage()]);
  });
  await publisher.publish('luna-sender:1', '{"request_id":"a"}');
  const [entry] = await journal.reached(1);
  expect(entry).toEqual([
    '{"request_id":"a"}',
    'luna-sender:1',
    {
      channel: 'luna-sender:1',
      receivedAt: expect.closeTo(Date.now() / 1000, 0) as number,
      receivedAtMs: expect.closeTo(performance.now(), -3) as number,
      requestId: 'a',
    },
  ]);
  expect(await pointsOf(monitoring, 'redis_message')).toMatchObject([
    { tags: { chanel: 'luna-sender:1', service: 'luna-sender' }, fields: { request_id: 'a' } },
  ]);
  await client.close();
  await publisher.close();
  await monitoring.stop();
});
