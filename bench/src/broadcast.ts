import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { wrapSocket } from '@influx-monitoring/ws';
import { compare, ratio, type Variant } from './measure.ts';
import type { Result, Topic } from './report.ts';
import { broadcastTo, openSockets, type Sockets } from './ws-sockets.ts';

const SOCKETS = 5000;
const BROADCASTS_OF_A_ROUND = 5;
const ROUNDS = 40;

type Monitoring = LunaRequestInfluxMonitoring | undefined;

/**
 * What a broadcast of a Redis message to 5,000 real sockets costs this process in CPU, kernel included: bare, with a point
 * for each send, and with sends folded; of one account, and of an account each. By turns, each round in another order, with
 * all points sent to the embedded store. Each variant has sockets of its own, wrapped once as in a service: V8 gives an
 * object that loses a property a slower kind of shape.
 */
export const broadcast: Topic = async () => [
  await toAccounts('one account', '', () => 'account'),
  await toAccounts('an account each', '-many-accounts', (index) => `account-${String(index)}`),
];

async function toAccounts(name: string, suffix: string, accountOf: (index: number) => string): Promise<Result> {
  const raw = new LunaRequestInfluxMonitoring({ flushingPeriod: 3600 });
  const folded = new LunaRequestInfluxMonitoring({ flushingPeriod: 3600, aggregate: { series: ['ws_requests'] } });
  const opened: Sockets[] = [];
  const start = async (variant: string, monitoring: Monitoring): Promise<Variant> => {
    const sockets = await openSockets(SOCKETS);
    opened.push(sockets);
    if (monitoring !== undefined) {
      for (const [index, socket] of sockets.accepted.entries()) {
        wrapSocket(socket, { monitoring, accountId: accountOf(index) });
      }
    }
    return {
      name: variant,
      run: async (times) => {
        for (let sent = 0; sent < times; sent += SOCKETS) await broadcastTo(sockets.accepted, raw.now());
        // A period ends by itself, after as many broadcasts as ten seconds have.
        if (monitoring === raw) await raw.flush();
      },
    };
  };
  const variants = [await start('bare', undefined), await start('raw', raw), await start('folded', folded)];
  const timings = await compare(variants, { times: BROADCASTS_OF_A_ROUND * SOCKETS, rounds: ROUNDS, isCpuTime: true });
  for (const { clients, server } of opened) {
    clients.disconnect();
    server.close();
  }
  await raw.stop();
  await folded.stop();
  const [bare, ...wrapped] = timings;
  if (bare === undefined) throw new Error('a variant is missing');
  return {
    title: `CPU of broadcasting a Redis message to 5,000 real sockets of ${name}`,
    unit: 'ns per send',
    timings,
    figures: wrapped.map((timing) => ({ name: `broadcast.cpu-${timing.name}${suffix}`, ...ratio(timing, bare) })),
  };
}
