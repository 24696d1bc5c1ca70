import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  currentMessage,
  LunaRequestInfluxMonitoring,
  runWithMessage,
  type MessageContext,
} from '@influx-monitoring/core';
import { unwrapSocket, wrapSocket } from '@influx-monitoring/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { compare, difference, ratio, type Timing } from './measure.ts';
import { newNowhereSocket } from './nowhere-socket.ts';
import type { Result, Topic } from './report.ts';
import { plural } from './table.ts';

const CLIENTS = fileURLToPath(new URL('ws-clients.js', import.meta.url));
const PAYLOAD = Buffer.alloc(460, 'x');

/** A round has at least so many. */
const MIN_SENDS = 2000;

/** What a wrapped send costs: the wrapping alone on a socket that sends nowhere, and a broadcast over real sockets. */
export const ws: Topic = async ({ isProfiled }) => [
  await sendCost(isProfiled),
  await broadcast(1),
  await broadcast(100),
  await broadcast(10_000),
];

async function sendCost(isProfiled: boolean): Promise<Result> {
  const monitoring = new LunaRequestInfluxMonitoring({ flushingPeriod: 3600 });
  const bare = Array.from({ length: 1000 }, newNowhereSocket);
  const wrapped = Array.from({ length: 1000 }, () =>
    wrapSocket(newNowhereSocket(), { monitoring, accountId: 'account' }),
  );
  // A message that has just arrived: one from seconds ago has a duration of an unusual length.
  const inContext = (run: () => void): void => {
    const receivedAtMs = performance.now();
    const requestId = '1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a';
    runWithMessage({ channel: 'luna-sender:account', requestId, receivedAt: monitoring.now(), receivedAtMs }, run);
  };
  const sendAll = (sockets: readonly WebSocket[], times: number): void => {
    for (let index = 0; index < times; index += 1) sockets[index % 1000]?.send(PAYLOAD);
  };
  const after = (): Promise<void> => monitoring.flush();
  const timings = await compare(
    [
      {
        name: 'bare, no context',
        run: (times) => {
          sendAll(bare, times);
        },
      },
      {
        name: 'wrapped, no context',
        run: (times) => {
          sendAll(wrapped, times);
        },
      },
      {
        name: 'bare, in a context',
        run: (times) => {
          inContext(() => {
            sendAll(bare, times);
          });
        },
      },
      {
        name: 'wrapped, in a context',
        run: (times) => {
          inContext(() => {
            sendAll(wrapped, times);
          });
        },
        after,
      },
    ],
    { times: 50_000, rounds: 31, isProfiled },
  );
  if (currentMessage() !== undefined) throw new Error('the context leaked');
  await monitoring.stop();
  const [bareOutside, wrappedOutside, bareInside, wrappedInside] = timings;
  if (!bareOutside || !wrappedOutside || !bareInside || !wrappedInside) throw new Error('a variant is missing');
  return {
    title: 'A wrapped WebSocket send, without the network: 1,000 sockets',
    unit: 'ns per send',
    timings,
    figures: [
      { name: 'ws.send-without-context-ns', ...difference(wrappedOutside, bareOutside) },
      { name: 'ws.send-in-context-with-recording-ns', ...difference(wrappedInside, bareInside) },
    ],
  };
}

async function broadcast(socketCount: number): Promise<Result> {
  const monitoring = new LunaRequestInfluxMonitoring();
  // The same sockets for both: twice as many would be more than a process may open.
  const { server, accepted, clients } = await openSockets(socketCount);
  const timings: Timing[] = await compare(
    [
      { name: 'bare', run: (times) => broadcasts(accepted, times, monitoring) },
      {
        name: 'wrapped, recorded',
        before: () => {
          for (const socket of accepted) wrapSocket(socket, { monitoring, accountId: 'account' });
        },
        run: (times) => broadcasts(accepted, times, monitoring),
        after: () => {
          for (const socket of accepted) unwrapSocket(socket);
        },
      },
    ],
    { times: Math.max(socketCount, MIN_SENDS), rounds: 31 },
  );
  clients.disconnect();
  server.close();
  await monitoring.stop();
  const [bare, wrapped] = timings;
  if (bare === undefined || wrapped === undefined) throw new Error('a variant is missing');
  return {
    title: `Broadcasting a Redis message to ${plural(socketCount, 'real socket')}`,
    unit: 'ns per send',
    timings,
    figures: [{ name: `ws.broadcast-throughput-${String(socketCount)}`, ...ratio(bare, wrapped) }],
  };
}

/** One message to all sockets; it ends when the kernel has taken the last. */
async function broadcasts(
  sockets: readonly WebSocket[],
  times: number,
  monitoring: LunaRequestInfluxMonitoring,
): Promise<void> {
  for (let sent = 0; sent < times; sent += sockets.length) {
    const context: MessageContext = {
      channel: 'luna-sender:account',
      requestId: 'none',
      receivedAt: monitoring.now(),
      receivedAtMs: performance.now(),
    };
    await new Promise<void>((resolve) => {
      let left = sockets.length;
      const done = (): void => {
        left -= 1;
        if (left === 0) resolve();
      };
      runWithMessage(context, () => {
        for (const socket of sockets) socket.send(PAYLOAD, done);
      });
    });
  }
}

/** Sockets of a server, with the process of their clients. */
export interface Sockets {
  readonly server: WebSocketServer;
  readonly accepted: WebSocket[];
  readonly clients: ChildProcess;
}

/** Opens so many sockets to a process of clients. */
export async function openSockets(count: number): Promise<Sockets> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  const accepted: WebSocket[] = [];
  server.on('connection', (socket) => accepted.push(socket));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clients = fork(CLIENTS, [`ws://127.0.0.1:${String(port)}`, String(count)]);
  await once(clients, 'message');
  return { server, accepted, clients };
}
