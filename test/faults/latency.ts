/**
 * What a request waits for while the database hangs, against what it waits for while it is healthy, side by side:
 * `npm run test:latency`. The service records 20,000 points a second beside, and spools them while the database hangs.
 */
import { startInflux1 } from '@influx-monitoring/test-servers';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readNumbers } from '../support/command-line.ts';
import { pause } from './support/load.ts';

const HELP = `npm run test:latency -- [--rounds N]

What requests wait for while the database hangs, beside what they wait for while it is up, at 20,000 points a second.
  --rounds N   of five seconds each way (6)`;

const { rounds } = readNumbers(HELP, { rounds: 6 });
const ROUND_MS = 5000;
const REQUEST_PERIOD_MS = 2;
const POINTS_PER_SECOND = 20_000;
const SERVICE = fileURLToPath(new URL('children/server.ts', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'latency-'));
const database = await startInflux1();
await database.createDatabase('latency');
const options = {
  host: '127.0.0.1',
  port: database.port,
  credentials: { dbName: 'latency' },
  flushingPeriod: 1,
  delivery: { spoolFolder: folder, requestTimeoutMs: 2000 },
};
const order = JSON.stringify({ options, pointsPerSecond: POINTS_PER_SECOND });
const flags = ['--conditions=@influx-monitoring/source', '--import', 'tsx'];
const service = spawn(process.execPath, [...flags, SERVICE, order], { stdio: ['ignore', 'pipe', 'inherit'] });
const [portLine] = (await once(createInterface(service.stdout), 'line')) as [string];
const agent = new Agent({ keepAlive: true });

function request(): Promise<number> {
  const startedAtMs = performance.now();
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: Number(portLine), agent }, (response) => {
      response.resume().on('end', () => {
        resolve(performance.now() - startedAtMs);
      });
    }).on('error', reject);
  });
}

/** The p99 of the requests of one round, in milliseconds. */
async function measure(): Promise<number> {
  const latencies: Promise<number>[] = [];
  const endMs = performance.now() + ROUND_MS;
  while (performance.now() < endMs) {
    latencies.push(request());
    await pause(REQUEST_PERIOD_MS);
  }
  const sorted = (await Promise.all(latencies)).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length * 0.99)] ?? NaN;
}

const median = (values: number[]): number =>
  values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
const healthy: number[] = [];
const hung: number[] = [];
await measure();
for (let round = 0; round < rounds; round += 1) {
  healthy.push(await measure());
  database.suspend();
  await pause(500);
  hung.push(await measure());
  database.resume();
  // What waited is delivered before the next round.
  await pause(3000);
}
service.kill('SIGKILL');
await database.stop();
rmSync(folder, { recursive: true });
console.log(
  `p99 of a request: ${median(healthy).toFixed(2)} ms with the database healthy, ${median(hung).toFixed(2)} ms with it ` +
    `hung: ratio ${(median(hung) / median(healthy)).toFixed(2)} (medians of ${String(rounds)} rounds each, side by side)`,
);
