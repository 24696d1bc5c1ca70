import type { AddressInfo } from 'node:net';
import { defaultMonitoring } from '@influx-monitoring/core';
import { influxMonitoring } from '@influx-monitoring/express';
import express from 'express';

process.env['MONITORING_SERVICE'] ??= 'minimal';

const app = express();
app.use(influxMonitoring());

app.get('/api/users/:id', (request, response) => {
  request.monitoring.tags['plan'] = 'free';
  response.json({ id: request.params.id });
});

app.get('/api/broken', () => {
  throw new Error('broken');
});

const server = app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`listening on ${String(port)}`);
});

process.once('SIGTERM', () => {
  server.close(() => void defaultMonitoring().stop());
});
