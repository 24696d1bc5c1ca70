import cluster from 'node:cluster';
import type { AddressInfo } from 'node:net';
import { defaultMonitoring } from '@influx-monitoring/core';
import { influxMonitoring } from '@influx-monitoring/express';
import express from 'express';

process.env['MONITORING_SERVICE'] ??= 'minimal';

const PROCESS_COUNT = 2;

if (cluster.isPrimary) {
  let listening = 0;
  cluster.on('listening', (_worker, { port }) => {
    listening += 1;
    if (listening === PROCESS_COUNT) console.log(`listening on ${String(port)}`);
  });
  for (let index = 0; index < PROCESS_COUNT; index += 1) cluster.fork();
  process.once('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGTERM');
  });
} else {
  // Each process leases its own last digits of all time stamps, so equal points of two processes are two points.
  const app = express();
  app.use(influxMonitoring());
  app.get('/version', (_request, response) => {
    response.json({ version: '1.0.0' });
  });
  const server = app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => server.address() as AddressInfo);
  process.once('SIGTERM', () => {
    server.close(() => {
      void defaultMonitoring()
        .stop()
        .finally(() => {
          cluster.worker?.disconnect();
        });
    });
  });
}
