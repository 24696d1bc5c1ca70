import { LunaRequestInfluxMonitoring, runWithMessage } from '@influx-monitoring/core';
import { unwrapSocket, wrapSocket } from '@influx-monitoring/ws';
import type { WebSocket } from 'ws';
import { compare, ratio, type Variant } from './measure.ts';
import type { Result, Topic } from './report.ts';
import { openSockets } from './ws.ts';

const SOCKETS = 5000;
const BROADCASTS_OF_A_ROUND = 5;
const ROUNDS = 20;
const PAYLOAD = Buffer.alloc(460, 'x');

/**
 * What a broadcast of a Redis message to 5,000 real sockets costs this process in CPU, kernel included: bare, with a point
 * for each send, and with sends folded; of one account, and of an account each. By turns, each round in another order, on
 * the same sockets, with all points sent to the embedded store.
 */
export const broadcast: Topic = async () => {
  const { accepted, clients, server } = await openSockets(SOCKETS);
  const raw = new LunaRequestInfluxMonitoring({ flushingPeriod: 3600 });
  const folded = new LunaRequestInfluxMonitoring({ flushingPeriod: 3600, aggregate: { series: ['ws_requests'] } });
  const variant = (
    name: string,
    monitoring: LunaRequestInfluxMonitoring | undefined,
    accountOf: (index: number) => string,
  ): Variant => ({
    name,
    before: () => {
      if (monitoring === undefined) return;
      for (const [index, socket] of accepted.entries()) wrapSocket(socket, { monitoring, accountId: accountOf(index) });
    },
    run: async (times) => {
      for (let sent = 0; sent < times; sent += SOCKETS) await broadcastTo(accepted, raw.now());
      // A period ends by itself, after as many broadcasts as ten seconds have.
      if (monitoring === raw) await raw.flush();
    },
    after: () => {
      for (const socket of accepted) unwrapSocket(socket);
    },
  });
  const one = (): string => 'account';
  const each = (index: number): string => `account-${String(index)}`;
  const timings = await compare(
    [
      variant('bare', undefined, one),
      variant('raw, one account', raw, one),
      variant('raw, an account each', raw, each),
      variant('folded, one account', folded, one),
      variant('folded, an account each', folded, each),
    ],
    { times: BROADCASTS_OF_A_ROUND * SOCKETS, rounds: ROUNDS, isCpuTime: true },
  );
  clients.disconnect();
  server.close();
  await raw.stop();
  await folded.stop();
  const [bare, ...wrapped] = timings;
  if (bare === undefined) throw new Error('a variant is missing');
  const names = ['raw', 'raw-many-accounts', 'folded', 'folded-many-accounts'];
  const result: Result = {
    title: 'CPU of broadcasting a Redis message to 5,000 real sockets',
    unit: 'ns per send',
    timings,
    figures: wrapped.map((timing, index) => ({ name: `broadcast.cpu-${names[index] ?? ''}`, ...ratio(timing, bare) })),
  };
  return [result];
};

/** One message to all sockets, as services send it, without callbacks but for the last; it ends when the kernel has it all. */
async function broadcastTo(sockets: readonly WebSocket[], receivedAt: number): Promise<void> {
  const message = { channel: 'luna-sender:account', requestId: 'none', receivedAt, receivedAtMs: performance.now() };
  await new Promise<void>((resolve) => {
    runWithMessage(message, () => {
      for (const socket of sockets) {
        if (socket === sockets.at(-1))
          socket.send(PAYLOAD, () => {
            resolve();
          });
        else socket.send(PAYLOAD);
      }
    });
  });
  // The callbacks of the others, and what they record.
  await new Promise((resolve) => setImmediate(resolve));
}
