import { currentMessage, LunaRequestInfluxMonitoring, runWithMessage } from '@influx-monitoring/core';
import { wrapSocket } from '@influx-monitoring/ws';
import { WebSocket } from 'ws';
import { compare, difference, ratio } from './measure.ts';
import { newNowhereSocket } from './nowhere-socket.ts';
import type { Result, Topic } from './report.ts';
import { plural } from './table.ts';
import { broadcastTo, openSockets, type Send } from './ws-sockets.ts';

const PAYLOAD = Buffer.alloc(460, 'x');

/** A round with the kernel in it varies by a quarter: so many tell the median to a few hundredths. */
const BROADCAST_ROUNDS = 61;

/** A round has at least so many. */
const MIN_SENDS = 2000;

/** What a wrapped send costs: the wrapping alone on a socket that sends nowhere, and a broadcast over real sockets. */
export const ws: Topic = async ({ isProfiled }) => [
  await sendCost(isProfiled),
  await broadcast(1),
  await broadcast(100),
  await broadcast(10_000),
  await broadcast(10_000, true),
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

/**
 * The rate of sending one message to many sockets of one account, until the kernel has the last. Both send on the same
 * sockets, which are wrapped: the bare one past the wrapping, by the method of the class.
 */
async function broadcast(socketCount: number, isFolded = false): Promise<Result> {
  const monitoring = new LunaRequestInfluxMonitoring(isFolded ? { aggregate: { series: ['ws_requests'] } } : {});
  const { server, accepted, clients } = await openSockets(socketCount);
  for (const socket of accepted) wrapSocket(socket, { monitoring, accountId: 'account' });
  const bareSend: Send = (socket, data, callback) => {
    WebSocket.prototype.send.call(socket, data, {}, callback);
  };
  const wrappedSend: Send = (socket, data, callback) => {
    socket.send(data, {}, callback);
  };
  const run =
    (send: Send) =>
    async (times: number): Promise<void> => {
      for (let sent = 0; sent < times; sent += socketCount) await broadcastTo(accepted, monitoring.now(), send);
    };
  const timings = await compare(
    [
      { name: 'bare', run: run(bareSend) },
      { name: isFolded ? 'wrapped, folded' : 'wrapped, recorded', run: run(wrappedSend) },
    ],
    { times: Math.max(socketCount, MIN_SENDS), rounds: BROADCAST_ROUNDS },
  );
  clients.disconnect();
  server.close();
  await monitoring.stop();
  const [bare, wrapped] = timings;
  if (bare === undefined || wrapped === undefined) throw new Error('a variant is missing');
  return {
    title: `Broadcasting a Redis message to ${plural(socketCount, 'real socket')}${isFolded ? ', folded' : ''}`,
    unit: 'ns per send',
    timings,
    figures: [
      { name: `ws.broadcast-throughput-${String(socketCount)}${isFolded ? '-folded' : ''}`, ...ratio(bare, wrapped) },
    ],
  };
}
