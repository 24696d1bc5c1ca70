import { once } from 'node:events';
import { createServer } from 'node:http';
import type { BaseLunaMonitoring } from '@influx-monitoring/core';
import { instrumentSubscriber } from '@influx-monitoring/redis';
import { instrumentUpgrades } from '@influx-monitoring/ws';
import { createAdapter } from '@socket.io/redis-adapter';
import { createClient } from 'redis';
import { Server } from 'socket.io';
import { measureSends } from './measure-sends.ts';

/** What a chat server is started with. */
export interface ChatOptions {
  /** @defaultValue the monitoring of the process */
  readonly monitoring?: BaseLunaMonitoring;
  /** 0 for any that is free. */
  readonly port: number;
  readonly redisUrl: string;
}

/** A chat server that runs. */
export interface Chat {
  readonly io: Server;
  stop(): Promise<void>;
}

/** Starts one of several servers whose clients hear each other through Redis. */
export async function startChat({ monitoring, port, redisUrl }: ChatOptions): Promise<Chat> {
  const publisher = createClient({ url: redisUrl });
  // Before the adapter subscribes: each of its messages then opens a context, and is a point of redis_message.
  const subscriber = instrumentSubscriber(createClient({ url: redisUrl }), { monitoring });
  for (const client of [publisher, subscriber]) {
    client.on('error', (error: unknown) => {
      console.error('redis:', error);
    });
  }
  await Promise.all([publisher.connect(), subscriber.connect()]);

  // socket.io takes all handshakes at one path.
  const server = instrumentUpgrades(createServer(), { monitoring, paths: ['/socket.io/'] });
  const io = new Server(server, { adapter: createAdapter(publisher, subscriber) });
  measureSends(io, {
    monitoring,
    accountId: ({ request }) => request.headers['luna-account-id']?.toString(),
  });
  io.on('connection', (socket) => {
    socket.on('say', (text: string) => {
      io.emit('said', text);
    });
  });

  server.listen(port);
  await once(server, 'listening');
  return {
    io,
    stop: async () => {
      await io.close();
      await Promise.all([publisher.close(), subscriber.close()]);
    },
  };
}
