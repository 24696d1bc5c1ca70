import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MemoryMonitoringAdapter, createMonitoring } from '@influx-monitoring/core';
import { instrumentSubscriber } from '@influx-monitoring/redis';
import { wrapServer } from '@influx-monitoring/ws';
import { createClient } from 'redis';
import { WebSocketServer, type WebSocket } from 'ws';

/**
 * A service in a process of its own, as measured.ts starts it: it hands each message of `luna-sender:{account}` to the
 * sockets of the account, and those of `luna-sender:all` to every socket.
 */
const PREFIX = 'luna-sender:';

const monitoring = createMonitoring({ logger: { info: ignore, warn: ignore, error: ignore } });
const server = createServer();
const sockets = new WebSocketServer({ server, path: '/ws', maxPayload: 1024 });
const accounts = new Map<string, Set<WebSocket>>();

wrapServer(sockets, { monitoring, accountId: ({ headers }) => headers['luna-account-id']?.toString() });
sockets.on('connection', (socket, { headers }) => {
  const account = String(headers['luna-account-id']);
  const ofAccount = accounts.get(account) ?? new Set();
  accounts.set(account, ofAccount.add(socket));
});

const redis = instrumentSubscriber(createClient({ url: process.env['REDIS_URL'] ?? '' }), { monitoring });
redis.on('error', ignore);
await redis.connect();
await redis.pSubscribe(`${PREFIX}*`, (message, channel) => {
  const account = channel.slice(PREFIX.length);
  for (const socket of account === 'all' ? sockets.clients : (accounts.get(account) ?? [])) socket.send(message);
});

server.listen(0, '127.0.0.1', () => {
  // A server that listens on TCP has an address of this type.
  process.send?.({ port: (server.address() as AddressInfo).port });
});

process.on('message', (request: 'points' | 'stop') => {
  void monitoring.flush().then(async () => {
    const { adapter } = monitoring;
    const isEmbedded = adapter instanceof MemoryMonitoringAdapter;
    if (request === 'points')
      process.send?.(isEmbedded ? adapter.client.points({ series: 'ws_requests' }).map(toRow) : []);
    else {
      await monitoring.stop();
      process.exit();
    }
  });
});

function toRow({
  tags,
  fields,
}: {
  tags: Readonly<Record<string, string>>;
  fields: Readonly<Record<string, unknown>>;
}) {
  return { ...tags, ...fields };
}

function ignore(): void {
  // What goes wrong shows in the points.
}
