/** ioredis 5 with patterns. */
import { createMonitoring, currentMessage, type MessageContext, type Monitoring } from '@influx-monitoring/core';
import { instrumentSubscriber, uninstrumentSubscriber } from '@influx-monitoring/redis';
import { Cluster, Redis } from 'ioredis';

const monitoring: Monitoring = createMonitoring({ service: 'reader', store: 'memory' });

export const client: Redis = instrumentSubscriber(new Redis({ lazyConnect: true }), {
  monitoring,
  channelTag: (channel) => channel.split(':')[0] ?? channel,
  getRequestId: (message) => message.toString().slice(0, 36),
  getErrorCode: () => 29001,
});
export const cluster: Cluster = instrumentSubscriber(new Cluster([{ host: 'redis.example' }], { lazyConnect: true }), {
  monitoring,
});
client.on('pmessage', (pattern: string, channel: string, message: string) => {
  const context: MessageContext | undefined = currentMessage();
  console.log(pattern, channel, message, context?.requestId);
});

export async function read(): Promise<unknown> {
  const count: unknown = await client.psubscribe('luna-sender:*');
  uninstrumentSubscriber(client, { monitoring });
  return count;
}

// @ts-expect-error What does not subscribe is no subscriber.
instrumentSubscriber(new Map(), { monitoring });
// @ts-expect-error There are two ways to keep the context.
instrumentSubscriber(client, { monitoring, context: 'domain' });
