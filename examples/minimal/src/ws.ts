import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultMonitoring } from '@influx-monitoring/core';
import { wrapServer } from '@influx-monitoring/ws';
import { WebSocketServer } from 'ws';

process.env['MONITORING_SERVICE'] ??= 'minimal';

const server = createServer();
const sockets = new WebSocketServer({ server, path: '/ws' });
// Handshakes as requests, and the sends of each socket; an account is what the handshake says.
wrapServer(sockets, { accountId: (request) => String(request.headers['luna-account-id'] ?? 'none') });

sockets.on('connection', (socket) => {
  socket.on('message', (message) => {
    socket.send(message);
  });
});

server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`listening on ${String(port)}`);
});

process.once('SIGTERM', () => {
  for (const socket of sockets.clients) socket.close(1001);
  server.close(() => void defaultMonitoring().stop());
});
