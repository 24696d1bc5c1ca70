import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultMonitoring } from '@influx-monitoring/core';
import { influxMonitoring } from '@influx-monitoring/express';
import { instrumentSubscriber } from '@influx-monitoring/redis';
import { wrapServer } from '@influx-monitoring/ws';
import express from 'express';
import { createClient } from 'redis';
import { WebSocketServer } from 'ws';

process.env['MONITORING_SERVICE'] ??= 'minimal';

const app = express();
app.use(influxMonitoring());
app.get('/version', (_request, response) => {
  response.json({ version: '1.0.0' });
});

const server = createServer(app);
const sockets = new WebSocketServer({ server, path: '/ws' });
wrapServer(sockets, { accountId: (request) => String(request.headers['luna-account-id'] ?? 'none') });

const subscriber = instrumentSubscriber(createClient({ url: process.env['REDIS_URL'] ?? 'redis://localhost:6379' }));
subscriber.on('error', () => undefined);
await subscriber.connect();
await subscriber.subscribe('news', (message) => {
  // Timed from the message's arrival to the end of each send: asynchronous context carries it, through awaits too.
  for (const socket of sockets.clients) socket.send(message);
});

server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`listening on ${String(port)}`);
});

process.once('SIGTERM', () => {
  subscriber.destroy();
  for (const socket of sockets.clients) socket.close(1001);
  server.close(() => void defaultMonitoring().stop());
});
