import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { countRequestsInFlight } from '@influx-monitoring/core/internal';
import { afterEach, expect, it } from 'vitest';
import { monitoringDashboard } from '../../src/index.ts';
import { ProcessWatch } from '../../src/process/process-watch.ts';
import { EventStream } from '../support/event-stream.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it('looks at the process while somebody looks on, and makes no point of it', async () => {
  const monitoring = new LunaRequestInfluxMonitoring();
  const lines: string[] = [];
  monitoring.observeLines({ onLine: (line) => lines.push(line) });
  countRequestsInFlight(monitoring, () => 3);
  const server = createServer(monitoringDashboard({ monitoring })).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(async () => {
    await monitoring.stop();
    server.close();
    server.closeAllConnections();
  });
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  const stream = await EventStream.open(`http://127.0.0.1:${String(port)}/stream`);
  const first = await stream.next();
  expect(first.data).toMatchObject({ pid: process.pid, process: [] });
  let row = undefined;
  while (row === undefined) [row] = (await stream.next()).data.process;
  const [second, cpu, heapBytes, rssBytes, loopDelayUs, inFlight] = row;
  expect(Math.abs(second - Date.now() / 1000)).toBeLessThan(5);
  expect(cpu).toBeGreaterThanOrEqual(0);
  expect(heapBytes).toBeGreaterThan(1e6);
  expect(rssBytes).toBeGreaterThan(heapBytes);
  expect(loopDelayUs).toBeGreaterThanOrEqual(0);
  expect(inFlight).toBe(3);
  stream.close();
  expect(lines).toEqual([]);
});

it('stops looking with the last viewer, and keeps what it saw', () => {
  let now = 1000;
  const watch = new ProcessWatch({ now: () => now });
  watch.begin();
  expect([watch.isWatching, watch.sample()]).toEqual([true, undefined]);
  now = 1001.2;
  expect(watch.sample()?.[0]).toBe(1001);
  watch.end();
  now = 1003;
  expect([watch.isWatching, watch.sample()]).toEqual([false, undefined]);
  expect(watch.between(1000, 1002).map(([second]) => second)).toEqual([1001]);
  expect(watch.between(1002, 2000)).toEqual([]);
});
