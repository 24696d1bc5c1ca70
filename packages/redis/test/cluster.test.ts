import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { startRedisCluster, type RedisCluster } from '@influx-monitoring/test-servers';
import { Cluster, Redis } from 'ioredis';
import { Cluster as Cluster5 } from 'ioredis-5';
import { createCluster } from 'redis';
import { createCluster as createCluster4 } from 'redis-4';
import { createCluster as createCluster5 } from 'redis-5';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instrumentSubscriber, uninstrumentSubscriber, type Subscriber } from '../src/index.ts';
import { ioredis, nodeRedis, type TestClient } from './support/clients.ts';
import { Journal, pointsOf } from './support/messages.ts';

let cluster: RedisCluster;
/** Publishes to a shard. */
let publisher: Cluster;
/** Publishes at one node, so that the order is its own: a cluster's client takes any node for a channel. */
let nodePublisher: Redis;
let monitoring: LunaRequestInfluxMonitoring;
beforeAll(async () => {
  cluster = await startRedisCluster();
  publisher = new Cluster(addresses());
  nodePublisher = new Redis(addresses()[0] ?? {});
});
afterAll(async () => {
  publisher.disconnect();
  nodePublisher.disconnect();
  await cluster.stop();
});
beforeEach(() => {
  monitoring = new LunaRequestInfluxMonitoring({});
});
afterEach(async () => {
  await monitoring.stop();
});

const addresses = () => cluster.addresses.map(({ host, port }) => ({ host, port }));
const rootNodes = () => cluster.addresses.map(({ url }) => ({ url }));

// A shard's message has two notes; ioredis has one event for all shards, and the two listeners were added for each.
const CLUSTERS: readonly { name: string; shardNotes: number; create: () => TestClient }[] = [
  {
    name: 'node-redis 4',
    shardNotes: 2,
    create: () => nodeRedis(createCluster4({ rootNodes: rootNodes() }), 'disconnect'),
  },
  {
    name: 'node-redis 5',
    shardNotes: 2,
    create: () => nodeRedis(createCluster5({ rootNodes: rootNodes() }), 'destroy'),
  },
  {
    name: 'node-redis 6',
    shardNotes: 2,
    create: () => nodeRedis(createCluster({ rootNodes: rootNodes() }), 'destroy'),
  },
  {
    name: 'ioredis 5',
    shardNotes: 6,
    create: () => ioredis(new Cluster5(addresses(), { lazyConnect: true, shardedSubscribers: true })),
  },
  {
    name: 'ioredis 6',
    shardNotes: 6,
    create: () => ioredis(new Cluster(addresses(), { lazyConnect: true, shardedSubscribers: true })),
  },
];

describe.each(CLUSTERS)('a cluster of $name', ({ name, create, shardNotes }) => {
  // Three slots, one on each of the three masters; what stands in braces alone decides.
  const shards = ['{foo}', '{bar}', '{hello}'];

  /**
   * Each run has channels of its own: nodes pass messages on among themselves when they find the time, so one that was
   * published in a run may reach a node only when the next has subscribed there.
   */
  async function scenario(
    run: string,
    before: (client: Subscriber) => void,
    after: (client: Subscriber) => void,
  ): Promise<unknown> {
    const subscriber = create();
    const journal = new Journal<string>();
    const nameOf = (channel: string | Buffer): string => String(channel).slice(0, -run.length);
    const note = (message: string | Buffer, channel: string | Buffer): void => {
      journal.note(`${nameOf(channel)} ${String(message)}`);
    };
    const noteBuffer = (message: string | Buffer, channel: string | Buffer): void => {
      journal.note(`${nameOf(channel)} ${String(message)} in bytes`);
    };
    const channels = [`one${run}`, `two${run}`];
    before(subscriber.client);
    await subscriber.connect();
    await subscriber.subscribe({ keys: channels, listener: note });
    await subscriber.subscribe({ kind: 'pattern', keys: `t*${run}`, listener: note });
    for (const shard of shards) {
      const keys = `${shard}${run}`;
      await subscriber.subscribe({ kind: 'shard', keys, listener: note });
      await subscriber.subscribe({ kind: 'shard', keys, listener: noteBuffer, isBuffer: true });
    }
    await nodePublisher.publish(`one${run}`, '1');
    await nodePublisher.publish(`two${run}`, '2');
    await journal.reached(3);
    for (const shard of shards) {
      const count = journal.entries.length;
      await publisher.spublish(`${shard}${run}`, '{"request_id":"s"}');
      await publisher.spublish(`${shard}${run}`, '{"request_id":"s"}');
      await journal.reached(count + 2 * shardNotes);
    }
    after(subscriber.client);
    await subscriber.unsubscribe({ keys: channels, listener: note });
    await nodePublisher.publish(`two${run}`, '3');
    await publisher.spublish(`${shards[0] ?? ''}${run}`, '4');
    const seen = await journal.reached(3 + 2 * shards.length * shardNotes + 1 + shardNotes);
    await subscriber.close();
    return [...seen].sort();
  }

  it('delivers as before, shards included, and counts each message once', async () => {
    const nothing = (): void => undefined;
    const bare = await scenario(`: ${name} bare`, nothing, nothing);
    const run = `: ${name} instrumented`;
    const result = await scenario(
      run,
      (client) => instrumentSubscriber(client, { monitoring }),
      (client) => uninstrumentSubscriber(client),
    );
    expect(result).toEqual(bare);
    const points = await pointsOf(monitoring, 'redis_message');
    expect(points.map(({ tags }) => tags['chanel']).sort()).toEqual(
      ['one', 'two', 'two', ...shards, ...shards].map((channel) => `${channel}${run}`).sort(),
    );
    expect(await pointsOf(monitoring, 'subscription_error')).toEqual([]);
  });
});
