import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultMonitoring } from '@influx-monitoring/core';
import { influxMonitoring } from '@influx-monitoring/express';
import { instrumentUpgrades, wrapSocket } from '@influx-monitoring/ws';
import express from 'express';
import expressWs from 'express-ws';

process.env['MONITORING_SERVICE'] ??= 'minimal';

const app = express();
const server = instrumentUpgrades(createServer(app));
const sockets = expressWs(app, server);
app.use(influxMonitoring());

sockets.app.ws('/echo/:room', (socket, request) => {
  wrapSocket(socket, { accountId: String(request.params['room']) });
  socket.on('message', (message: Buffer) => {
    socket.send(message);
  });
});

server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`listening on ${String(port)}`);
});

process.once('SIGTERM', () => {
  for (const socket of sockets.getWss().clients) socket.close(1001);
  server.close(() => void defaultMonitoring().stop());
});
