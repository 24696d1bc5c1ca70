import { once } from 'node:events';
import { createServer, request, ServerResponse, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { influxMonitoring } from '@influx-monitoring/express';
import express, { type RequestHandler } from 'express';
import { expect, it } from 'vitest';
import { listen } from './support/listen.ts';
import { PointCollector } from './support/point-collector.ts';

it('a handshake that is sent through the application, as express-ws does it, is no request of its own', async () => {
  const collector = new PointCollector();
  const app = express();
  app.use(influxMonitoring({ monitoring: collector }));
  let requestId: string | undefined;
  const accept: RequestHandler = (req) => {
    requestId = req.monitoring.requestId;
    req.socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  };
  app.get('/echo', accept);
  const server = createServer(app);
  server.on('upgrade', (req: IncomingMessage) => {
    // A response that belongs to no connection, and that nobody sends.
    app(req as Parameters<typeof app>[0], new ServerResponse(req) as Parameters<typeof app>[1]);
  });
  const port = await listen(server);
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path: '/echo',
    headers: { connection: 'Upgrade', upgrade: 'websocket', 'luna-request-id': 'one' },
  });
  outgoing.end();
  const [, socket] = (await once(outgoing, 'upgrade')) as [IncomingMessage, Duplex];
  socket.resume();
  if (!socket.readableEnded) await once(socket, 'end');
  // What comes after the connection's end, as all that the server still had to say of it.
  await (await fetch(`http://127.0.0.1:${String(port)}/nowhere`)).text();
  const points = await collector.requests(1);
  expect(points.map(({ tags }) => ({ ...tags }))).toMatchObject([{ route: 'GET:unmatched', status_code: 404 }]);
  expect(requestId).toBe('one');
});
