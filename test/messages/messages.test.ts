import { startRedis, type RedisServer } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sendMessages } from './send-messages.ts';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(async () => {
  await redis.stop();
});

it('gives each send the id of its own message, through deflated, slow and closing sockets', async () => {
  const { calledBack, counters, tally } = await sendMessages(redis, 3000);
  expect(tally.wrong).toEqual([]);
  expect({ sent: tally.sent, failed: tally.failed }).toEqual(calledBack);
  expect(calledBack.sent).toBeGreaterThan(15_000);
  expect(calledBack.failed).toBeGreaterThan(0);
  expect(counters).toEqual({});
});
