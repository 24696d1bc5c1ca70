/**
 * A service whose requests are monitored, with more points recorded beside them.
 *
 * Its first argument is JSON: the options of its `Load` and the rate beside the requests. It writes its port.
 */
import type { MonitoringOptions } from '@influx-monitoring/core';
import { createServer } from 'node:http';
import { Load } from '../support/load.ts';

// The command wrote it.
const { options, pointsPerSecond } = JSON.parse(process.argv[2] ?? '') as {
  options: MonitoringOptions;
  pointsPerSecond: number;
};
const load = new Load(options);
load.start(pointsPerSecond);
const server = createServer((_request, response) => {
  load.add(1);
  response.end('ok');
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.stdout.write(`${String(address.port)}\n`);
});
