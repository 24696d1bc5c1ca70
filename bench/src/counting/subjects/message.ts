import { once } from 'node:events';
import { createConnection, Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import type { RedisClientType } from 'redis';
import { advance } from '../virtual-clock.ts';
import { FLUSHING_PERIOD_SECONDS, OURS, REQUEST_ID, type SubjectFactory } from './subject.ts';

const MESSAGE_MS = 0.02;
const CHANNEL = 'luna-sender:1';
const PAYLOAD = JSON.stringify({ request_id: REQUEST_ID, event: 'x'.repeat(230) });
/** So many messages come with one read of the socket, none of them cut in two: what a read takes is a hundredth of a count. */
const MESSAGES_OF_A_READ = 100;

/**
 * A message of 300 bytes that node-redis gets. A real Redis sends it once; then the client's socket gives those bytes again and
 * again, since how many messages come with one read, and where it cuts them, differs from run to run on a real one.
 */
export const message: SubjectFactory = async ({ variant, url }) => {
  const sockets = socketsOfThisProcess();
  const { createClient } = await import('redis');
  const client = createClient({ url });
  client.on('error', (error: unknown) => {
    throw error;
  });
  const monitoring = await monitoringOf(client, variant);
  await client.connect();
  const [socket] = sockets;
  if (socket === undefined) throw new Error('expected the client to have opened a socket of node:net');
  let arrived = 0;
  await client.subscribe(CHANNEL, () => {
    advance(MESSAGE_MS);
    arrived += 1;
  });
  const read = Buffer.concat(Array<Buffer>(MESSAGES_OF_A_READ).fill(await publishedTo(socket, url)));
  return {
    run: async (times) => {
      const wanted = arrived + times;
      while (arrived < wanted) {
        socket.push(read);
        // As after a read of a real socket, what waits for the end of the turn gets its turn.
        await setImmediate();
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

/** Those that connect from now on: a client keeps its socket to itself. */
function socketsOfThisProcess(): readonly Socket[] {
  const sockets: Socket[] = [];
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its socket
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function connectAndKeep(this: Socket, ...args: unknown[]) {
    sockets.push(this);
    return Reflect.apply(connect, this, args) as Socket;
  };
  return sockets;
}

/** The bytes in which Redis sends one message to a subscriber. */
async function publishedTo(subscriber: Socket, url: string): Promise<Buffer> {
  const publisher = createConnection(Number(new URL(url).port), '127.0.0.1');
  await once(publisher, 'connect');
  const words = ['PUBLISH', CHANNEL, PAYLOAD];
  const arrival = once(subscriber, 'data') as Promise<[Buffer]>;
  publisher.end(`*3\r\n${words.map((word) => `$${String(Buffer.byteLength(word))}\r\n${word}\r\n`).join('')}`);
  const [bytes] = await arrival;
  if (!bytes.toString().endsWith(`${PAYLOAD}\r\n`)) throw new Error(`expected a whole message, got ${String(bytes)}`);
  return bytes;
}
