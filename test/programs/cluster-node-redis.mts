/** node-redis 6: a cluster, sharded channels, and a client in buffer mode. */
import { createMonitoring, type Monitoring } from '@influx-monitoring/core';
import { instrumentSubscriber } from '@influx-monitoring/redis';
import { createClient, createCluster } from 'redis';

const monitoring: Monitoring = createMonitoring({ service: 'reader', store: 'memory' });
const plain = createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:7000' }] });
const cluster: typeof plain = instrumentSubscriber(plain, { monitoring, channelTag: 'name', listenerTime: true });
const client = instrumentSubscriber(createClient(), { monitoring });

export async function read(): Promise<void> {
  await cluster.connect();
  await cluster.sSubscribe('orders', (message, channel) => {
    console.log(message.length, channel);
  });
  await client.pSubscribe('orders:*', (message: Buffer) => console.log(message.byteLength), true);
}
