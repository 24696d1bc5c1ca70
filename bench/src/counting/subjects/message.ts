import { once } from 'node:events';
import { connect } from 'node:net';
import type { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import type { RedisClientType } from 'redis';
import { advance } from '../virtual-clock.ts';
import { FLUSHING_PERIOD_SECONDS, OURS, REQUEST_ID, type SubjectFactory } from './subject.ts';

const MESSAGE_MS = 0.02;
const CHANNEL = 'luna-sender:1';
const PAYLOAD = JSON.stringify({ request_id: REQUEST_ID, event: 'x'.repeat(230) });
/** So many are published by one write, and the next ones when they have arrived. */
const BURST = 100;

/** A message of 300 bytes that node-redis gets from a real Redis. */
export const message: SubjectFactory = async (variant, url) => {
  const { createClient } = await import('redis');
  const client = createClient({ url });
  client.on('error', (error: unknown) => {
    throw error;
  });
  const monitoring = await monitoringOf(client, variant);
  await client.connect();
  let left = 0;
  let onLast: () => void = () => undefined;
  await client.subscribe(CHANNEL, () => {
    advance(MESSAGE_MS);
    left -= 1;
    if (left === 0) onLast();
  });
  const publish = await publisherOf(url);
  return {
    run: async (times) => {
      for (let sent = 0; sent < times; sent += BURST) {
        left = BURST;
        const last = new Promise<void>((resolve) => {
          onLast = resolve;
        });
        publish();
        await last;
      }
    },
    settle: () => monitoring?.flush(),
  };
};

async function monitoringOf(
  client: RedisClientType,
  variant: string,
): Promise<LunaRequestInfluxMonitoring | undefined> {
  if (variant !== OURS) return undefined;
  const core = await import('@influx-monitoring/core');
  const { instrumentSubscriber } = await import('@influx-monitoring/redis');
  const monitoring = new core.LunaRequestInfluxMonitoring({ flushingPeriod: FLUSHING_PERIOD_SECONDS });
  instrumentSubscriber(client, { monitoring });
  return monitoring;
}

/** Publishes a burst by a connection of its own, which costs next to nothing. */
async function publisherOf(url: string): Promise<() => void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setNoDelay();
  await once(socket, 'connect');
  socket.resume();
  const words = ['PUBLISH', CHANNEL, PAYLOAD];
  const command = `*3\r\n${words.map((word) => `$${String(Buffer.byteLength(word))}\r\n${word}\r\n`).join('')}`;
  const burst = Buffer.from(command.repeat(BURST));
  return () => socket.write(burst);
}
