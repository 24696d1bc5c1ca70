import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { instrumentSubscriber } from '@influx-monitoring/redis';
import { Redis as IoRedis6 } from 'ioredis';
import { Redis as IoRedis5 } from 'ioredis-5';
import { createClient as createClient6 } from 'redis';
import { createClient as createClient4 } from 'redis-4';
import { createClient as createClient5 } from 'redis-5';
import { startRedis } from '../../test/servers/index.ts';
import { compare, difference } from './measure.ts';
import type { Result, Topic, TopicOptions } from './report.ts';

const PAYLOAD = JSON.stringify({
  request_id: '1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a',
  event: 'x'.repeat(230),
});

/** How many messages go out in one write. */
const BURST = 1000;

/** A subscriber of one channel. */
interface Listening {
  readonly close: () => unknown;
}

/** Subscribes to a channel, bare or, with a monitoring, instrumented. */
type Listen = (
  url: string,
  channel: string,
  onMessage: () => void,
  monitoring: LunaRequestInfluxMonitoring | undefined,
) => Promise<Listening>;

/** What an instrumented message costs, for each major of each client, against the same client bare. */
export const redis: Topic = async (options) => {
  const installer = fileURLToPath(new URL('../../test/servers/install.mjs', import.meta.url));
  execFileSync(process.execPath, [installer, 'redis-server'], { stdio: 'inherit' });
  const server = await startRedis();
  const results: Result[] = [];
  try {
    for (const [name, listen] of Object.entries(CLIENTS)) {
      results.push(await measureClient(name, listen, server.url, options));
    }
  } finally {
    await server.stop();
  }
  return results;
};

async function measureClient(name: string, listen: Listen, url: string, { isProfiled }: TopicOptions): Promise<Result> {
  const monitoring = new LunaRequestInfluxMonitoring({ flushingPeriod: 3600 });
  const publisher = createClient6({ url });
  await publisher.connect();
  let left = 0;
  let onLast: () => void = () => undefined;
  const onMessage = (): void => {
    left -= 1;
    if (left === 0) onLast();
  };
  const listening = [
    await listen(url, 'bare', onMessage, undefined),
    await listen(url, 'instrumented', onMessage, monitoring),
  ];
  const deliver = async (channel: string, times: number): Promise<void> => {
    left = times;
    const last = new Promise<void>((resolve) => {
      onLast = resolve;
    });
    for (let sent = 0; sent < times; sent += BURST) {
      const burst = publisher.multi();
      for (let index = 0; index < BURST; index += 1) burst.publish(channel, PAYLOAD);
      await burst.execAsPipeline();
    }
    await last;
  };
  const timings = await compare(
    [
      { name: `${name}, bare`, run: (times) => deliver('bare', times) },
      {
        name: `${name}, instrumented`,
        run: (times) => deliver('instrumented', times),
        after: () => monitoring.flush(),
      },
    ],
    { times: 20_000, rounds: 21, isCpuTime: true, isProfiled },
  );
  await Promise.all(listening.map(({ close }) => close()));
  publisher.destroy();
  await monitoring.stop();
  const [bare, instrumented] = timings;
  if (bare === undefined || instrumented === undefined) throw new Error('a variant is missing');
  const { median, lower, upper } = difference(instrumented, bare);
  return {
    title: `A Redis message of 300 bytes, ${name}`,
    unit: 'ns of CPU per message, publishing included',
    timings,
    figures: [
      {
        name: `redis.added-us-${name.replace(' ', '-')}`,
        median: median / 1000,
        lower: lower / 1000,
        upper: upper / 1000,
      },
    ],
  };
}

const nodeRedis =
  (createClient: typeof createClient6): Listen =>
  async (url, channel, onMessage, monitoring) => {
    const client = createClient({ url });
    client.on('error', (error: unknown) => {
      throw error;
    });
    if (monitoring !== undefined) instrumentSubscriber(client, { monitoring });
    await client.connect();
    await client.subscribe(channel, onMessage);
    return { close: () => client.unsubscribe(channel).then(() => client.quit()) };
  };

const ioRedis =
  (Client: typeof IoRedis6): Listen =>
  async (url, channel, onMessage, monitoring) => {
    const client = new Client(url);
    if (monitoring !== undefined) instrumentSubscriber(client, { monitoring });
    client.on('message', onMessage);
    await client.subscribe(channel);
    return {
      close: () => {
        client.disconnect();
      },
    };
  };

// What is used of them is the same in all majors, but their types know nothing of each other.
const CLIENTS: Readonly<Record<string, Listen>> = {
  'node-redis 4': nodeRedis(createClient4 as unknown as typeof createClient6),
  'node-redis 5': nodeRedis(createClient5 as unknown as typeof createClient6),
  'node-redis 6': nodeRedis(createClient6),
  'ioredis 5': ioRedis(IoRedis5 as unknown as typeof IoRedis6),
  'ioredis 6': ioRedis(IoRedis6),
};
