/**
 * What 50 viewers cost a service that records 20,000 points a second: the event loop's delay and memory, with and
 * without them, in turns of one run. The viewers are in a process of their own, as browsers are.
 *
 *     npm run bench -w packages/dashboard
 *     npm run bench -w packages/dashboard -- --rate 20000 --viewers 50 --seconds 20 --rounds 3
 *     npm run bench -w packages/dashboard -- --stream points --viewers 5
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setPriority } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '@influx-monitoring/core';
import { monitoringDashboard } from '@influx-monitoring/dashboard';

/** Points are recorded in small bursts, as requests end. */
const BURST_MS = 2;
const ROUTES = 100;
/** The counts are kept for ten seconds after the last viewer. */
const COUNTS_KEPT_MS = 12_000;
const SETTLE_MS = 2000;
const MIB = 1024 * 1024;
const VIEWERS_NICENESS = 10;
/** The stream's first line has fewer. */
const FIRST_FIGURES_BYTES = 200;

interface Measured {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly cpuPercent: number;
  readonly rssMib: number;
}

if (process.send === undefined) await measureAll();
else watch(Number(process.argv[2]), Number(process.argv[3]), process.argv[4] === 'points');

async function measureAll(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rate: { type: 'string', default: '20000' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '20' },
      stream: { type: 'string', default: 'figures' },
      viewers: { type: 'string', default: '50' },
    },
  });
  const rate = Number(values.rate);
  const seconds = Number(values.seconds);
  const monitoring = new LunaRequestInfluxMonitoring();
  const handler = monitoringDashboard({ monitoring });
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  const stopTraffic = record(monitoring, rate);
  await sleep(3000);
  const growths: number[] = [];
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    const measured = await measureRound(port, values.viewers, seconds, values.stream);
    growths.push(measured.p99GrowsByMs);
    console.log(JSON.stringify({ round, ...measured }));
    await sleep(COUNTS_KEPT_MS);
  }
  growths.sort((a, b) => a - b);
  console.log(JSON.stringify({ medianP99GrowsByMs: round3(growths[Math.floor(growths.length / 2)] ?? NaN) }));
  stopTraffic();
  handler.close();
  server.close();
  await monitoring.stop();
}

/** Measures the same service without viewers, then with them. */
async function measureRound(port: number, viewers: string, seconds: number, stream: string) {
  const alone = await measure(seconds);
  const openedAt = performance.now();
  const child = fork(fileURLToPath(import.meta.url), [String(port), viewers, stream]);
  await once(child, 'message');
  const firstFiguresMs = Math.round(performance.now() - openedAt);
  await sleep(SETTLE_MS);
  const watched = await measure(seconds);
  const ended = once(child, 'exit');
  const told = once(child, 'message');
  child.send('stop');
  // The child's second message is the count of its bytes.
  const [bytes] = (await told) as [number];
  await ended;
  const bytesEachViewerEachSecond = Math.round(bytes / Number(viewers) / (seconds + SETTLE_MS / 1000));
  return { firstFiguresMs, alone, watched, p99GrowsByMs: round3(watched.p99 - alone.p99), bytesEachViewerEachSecond };
}

/** Records points of many routes at a rate. @returns a function that ends it */
function record(monitoring: LunaRequestInfluxMonitoring, rate: number): () => void {
  const begunAt = performance.now();
  let count = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begunAt) / 1000) * rate);
    for (; count < due; count += 1) {
      monitoring.addPoints([
        new RequestMonitoringPoint({
          executionTime: Math.exp(Math.random() * 6 - 8),
          method: 'GET',
          requestId: `1536751345,${String(count)}`,
          requestTime: monitoring.now(),
          resource: `/api/accounts/:account/faces/${String(count % ROUTES)}`,
          service: 'luna-sender',
          statusCode: count % 50 === 0 ? 500 : 200,
        }),
      ]);
    }
  }, BURST_MS);
  return () => {
    clearInterval(timer);
  };
}

async function measure(seconds: number): Promise<Measured> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const cpuBefore = process.cpuUsage();
  delay.enable();
  await sleep(seconds * 1000);
  delay.disable();
  const { system, user } = process.cpuUsage(cpuBefore);
  return {
    p50: round3(delay.percentile(50) / 1e6),
    p99: round3(delay.percentile(99) / 1e6),
    max: round3(delay.max / 1e6),
    cpuPercent: Math.round((system + user) / seconds / 1e4),
    rssMib: Math.round(process.memoryUsage().rss / MIB),
  };
}

/** The viewers' process: reads all streams, and tells when each has its first figures and how much all were. */
function watch(port: number, viewerCount: number, isOfPoints: boolean): void {
  // Viewers are elsewhere: they must not take the service's turns on this machine's few processors.
  setPriority(VIEWERS_NICENESS);
  let bytes = 0;
  let begunCount = 0;
  for (let viewer = 0; viewer < viewerCount; viewer += 1) {
    const path = isOfPoints ? '/points' : `/stream?window=${viewer % 2 === 0 ? '5' : '15'}`;
    get({ host: '127.0.0.1', port, path }, (response) => {
      let hasBegun = false;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (hasBegun || chunk.length < FIRST_FIGURES_BYTES) return;
        hasBegun = true;
        begunCount += 1;
        if (begunCount === viewerCount) process.send?.('all have figures');
      });
    });
  }
  process.once('message', () => {
    process.send?.(bytes, () => {
      process.exit();
    });
  });
}

function round3(value: number): number {
  return Math.round(value * 1000) / 1000;
}
