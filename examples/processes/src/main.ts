import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { influxMonitoring } from '@influx-monitoring/express';
import { wrapServer } from '@influx-monitoring/ws';
import express from 'express';
import { WebSocketServer } from 'ws';
import { shutDownOnSignal } from './shut-down.ts';

process.env['MONITORING_SERVICE'] ??= 'service';

const app = express();
app.use(influxMonitoring());
app.get('/version', (_request, response) => {
  response.json({ version: '1.0.0', pid: process.pid });
});
app.get('/report', async (_request, response) => {
  await setTimeout(500);
  response.json({ rows: 0, pid: process.pid });
});

const server = createServer(app);
const webSockets = new WebSocketServer({ server, path: '/ws' });
wrapServer(webSockets, { accountId: (request) => request.headers['luna-account-id']?.toString() });

server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`process ${String(process.pid)} listening on ${String(port)}`);
});
shutDownOnSignal(server, webSockets.clients);
