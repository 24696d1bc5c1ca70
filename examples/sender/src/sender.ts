import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { defaultMonitoring, type Logger } from '@influx-monitoring/core';
import { instrumentSubscriber, uninstrumentSubscriber } from '@influx-monitoring/redis';
import { instrumentUpgrades } from '@influx-monitoring/ws';
import { createApp } from './app.ts';
import { connectRedis, createRedisClient } from './redis.ts';
import { Subscriptions } from './subscriptions.ts';
import { closeWebSockets, serveWebSockets } from './websockets.ts';

export interface SenderOptions {
  /** Where to listen. @defaultValue all addresses */
  readonly host?: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly redisUrl: string;
  readonly logger: Logger;
}

export interface Sender {
  readonly port: number;
  /** Closes the sockets, ends what is being answered, and sends what monitoring holds. */
  readonly stop: () => Promise<void>;
}

/** Starts everything; where something fails, ends what was started. */
export async function startSender({ host, port, redisUrl, logger }: SenderOptions): Promise<Sender> {
  const publisher = createRedisClient(redisUrl, logger, { disableOfflineQueue: true });
  // A listener that throws (a message that is no JSON) would end the subscriptions of all accounts.
  const subscriber = instrumentSubscriber(createRedisClient(redisUrl, logger), { isolateListenerErrors: true });
  const server = instrumentUpgrades(createServer(createApp(publisher, logger)), { paths: ['/ws'] });
  const webSockets = serveWebSockets(server, new Subscriptions(subscriber));

  const stop = async (): Promise<void> => {
    await Promise.all([closeWebSockets(webSockets), closeServer(server)]);
    for (const client of [publisher, subscriber]) if (client.isOpen) client.destroy();
    // Errors of a second become one point: here is the last of them, before monitoring ends.
    uninstrumentSubscriber(subscriber);
    await defaultMonitoring().stop();
  };
  try {
    await connectRedis(publisher, redisUrl);
    await connectRedis(subscriber, redisUrl);
    server.listen({ host, port });
    await once(server, 'listening');
    return { port: portOf(server), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const STOP_TIMEOUT_MS = 2000;

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const timer = setTimeout(() => {
    server.closeAllConnections();
  }, STOP_TIMEOUT_MS);
  server.close();
  await once(server, 'close');
  clearTimeout(timer);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
