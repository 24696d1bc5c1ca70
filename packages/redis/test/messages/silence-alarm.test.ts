import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import {
  freePort,
  startRedis,
  startRedisCluster,
  type RedisCluster,
  type RedisServer,
} from '@influx-monitoring/test-servers';
import { Cluster, Redis } from 'ioredis';
import { Cluster as Cluster5 } from 'ioredis-5';
import { createCluster, createSentinel } from 'redis';
import { createCluster as createCluster4 } from 'redis-4';
import { createCluster as createCluster5, createSentinel as createSentinel5 } from 'redis-5';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { uninstrumentSubscriber } from '../../src/index.ts';
import {
  VARIANTS,
  instrumented,
  ioredis,
  nodeRedis,
  type SubscriptionInit,
  type TestClient,
} from '../support/clients.ts';
import { Journal } from '../support/messages.ts';
import { startSentinel, type SentinelServer } from '../support/sentinel-server.ts';

let server: RedisServer;
let cluster: RedisCluster;
let sentinel: SentinelServer;
let monitoring: LunaRequestInfluxMonitoring;
let silences: Journal<string>;
let open: TestClient[] = [];
beforeAll(async () => {
  server = await startRedis();
  cluster = await startRedisCluster();
  sentinel = await startSentinel({ port: await freePort(), masterPort: server.port });
});
afterAll(async () => {
  await sentinel.stop();
  await cluster.stop();
  await server.stop();
});
beforeEach(() => {
  monitoring = new LunaRequestInfluxMonitoring({});
  silences = new Journal();
  monitoring.observeLines({
    onLine: (line) => {
      if (line.includes('error_code=SILENT')) silences.note(line);
    },
  });
});
afterEach(async () => {
  for (const client of open) {
    uninstrumentSubscriber(client.client);
    await client.close();
  }
  open = [];
  await monitoring.stop();
});

const addresses = () => cluster.addresses.map(({ host, port }) => ({ host, port }));
const rootNodes = () => cluster.addresses.map(({ url }) => ({ url }));
const sentinelOptions = () => ({ name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port: sentinel.port }] });
const clusterOptions = { lazyConnect: true, shardedSubscribers: true } as const;

const CLIENTS: readonly (readonly [string, () => TestClient])[] = [
  ...VARIANTS.map(({ name, create }) => [name, () => create(server.url)] as const),
  ['a cluster of node-redis 4', () => nodeRedis(createCluster4({ rootNodes: rootNodes() }), 'disconnect')],
  ['a cluster of node-redis 5', () => nodeRedis(createCluster5({ rootNodes: rootNodes() }), 'destroy')],
  ['a cluster of node-redis 6', () => nodeRedis(createCluster({ rootNodes: rootNodes() }), 'destroy')],
  ['a sentinel of node-redis 5', () => nodeRedis(createSentinel5(sentinelOptions()), 'destroy')],
  ['a sentinel of node-redis 6', () => nodeRedis(createSentinel(sentinelOptions()), 'destroy')],
  ['a cluster of ioredis 5', () => ioredis(new Cluster5(addresses(), clusterOptions))],
  ['a cluster of ioredis 6', () => ioredis(new Cluster(addresses(), clusterOptions))],
];
const SPAN_SECONDS = 0.15;

const listener = (): undefined => undefined;

describe.each(CLIENTS)('the silence of %s', (_name, create) => {
  it('is an error while it is subscribed, and none once it is subscribed to nothing', async () => {
    const client = create();
    await client.connect();
    open.push(client);
    instrumented({ monitoring, silenceAlarmSeconds: SPAN_SECONDS })(client);
    const subscription: SubscriptionInit = { kind: 'pattern', keys: 'silent', listener };
    await client.subscribe(subscription);
    await silences.reached(1);
    await client.unsubscribe(subscription);
    const count = silences.entries.length;
    await passSpans();
    expect(silences.entries).toHaveLength(count);
  });
});

describe.each(CLIENTS.filter(([name]) => !name.includes('sentinel')))('the silence of %s', (_name, create) => {
  it('is an error where it was subscribed before', async () => {
    const client = create();
    await client.connect();
    open.push(client);
    await client.subscribe({ keys: 'silent', listener });
    instrumented({ monitoring, silenceAlarmSeconds: SPAN_SECONDS })(client);
    await silences.reached(1);
  });
});

/** Another client is the clock: its second line of alarms comes more than a second, and so several spans, later. */
async function passSpans(): Promise<void> {
  const other = new LunaRequestInfluxMonitoring({});
  const ticks = new Journal<string>();
  other.observeLines({ onLine: ticks.note });
  const client = ioredis(new Redis(server.url, { lazyConnect: true }));
  await client.connect();
  instrumented({ monitoring: other, silenceAlarmSeconds: SPAN_SECONDS })(client);
  await client.subscribe({ keys: 'clock', listener });
  await ticks.reached(2);
  uninstrumentSubscriber(client.client);
  await client.close();
  await other.stop();
}
