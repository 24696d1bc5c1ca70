import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '@influx-monitoring/core';
import { startInflux1, startVictoriaMetrics } from '../../test/servers/index.ts';
import { compare, difference, ratio, spread } from './measure.ts';
import type { Figure, Result, Topic } from './report.ts';

const REQUEST_ID = '1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a';
/** As an application has them: strings that are there already. */
const RESOURCES = Array.from({ length: 100 }, (_, index) => `/api/resource-${String(index)}/:id`);
const BATCH_LINES = 5000;
const POINTS_PER_SECOND = 50_000;

/** A database to send to. */
interface Target {
  readonly name: string;
  readonly url: string;
  readonly path: string;
  readonly monitoring: () => LunaRequestInfluxMonitoring;
}

/** Points a second through the whole way, against the same bytes posted by a bare loop. */
export const deliver: Topic = async ({ isProfiled }) => {
  const installer = fileURLToPath(new URL('../../test/servers/install.mjs', import.meta.url));
  execFileSync(process.execPath, [installer, 'influxd', 'victoria-metrics'], { stdio: 'inherit' });
  const influx = await startInflux1();
  const victoria = await startVictoriaMetrics();
  try {
    await influx.createDatabase('bench');
    return [
      await throughput(influx1Target(influx.url, influx.port), isProfiled),
      await throughput(victoriaTarget(victoria.url, victoria.port), false),
      await eventLoopDelay(influx1Target(influx.url, influx.port)),
    ];
  } finally {
    await influx.stop();
    await victoria.stop();
  }
};

function influx1Target(url: string, port: number): Target {
  return {
    name: 'InfluxDB 1.6',
    url,
    path: '/write?db=bench&precision=n',
    monitoring: () =>
      new LunaRequestInfluxMonitoring({
        credentials: { dbName: 'bench' },
        host: '127.0.0.1',
        port,
        flushingPeriod: 0.1,
      }),
  };
}

function victoriaTarget(url: string, port: number): Target {
  const credentials = { organization: 'bench', bucket: 'bench', token: 'none' };
  return {
    name: 'VictoriaMetrics, /api/v2/write',
    url,
    path: '/api/v2/write?org=bench&bucket=bench&precision=ns',
    monitoring: () => new LunaRequestInfluxMonitoring({ credentials, host: '127.0.0.1', port, flushingPeriod: 0.1 }),
  };
}

async function throughput(target: Target, isProfiled: boolean): Promise<Result> {
  const monitoring = target.monitoring();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const bareLoop = async (times: number): Promise<void> => {
    for (let sent = 0; sent < times; sent += BATCH_LINES) await post(target, agent, block(BATCH_LINES));
  };
  const wholeWay = async (times: number): Promise<void> => {
    const before = monitoring.stats().delivered;
    for (let recorded = 0; recorded < times; recorded += 500) {
      recordPoints(monitoring, 500);
      // The service's own work goes on between: what is recorded is sent meanwhile.
      await new Promise(setImmediate);
    }
    await monitoring.flush();
    const delivered = monitoring.stats().delivered - before;
    if (delivered !== times) throw new Error(`expected ${String(times)} delivered points, got ${String(delivered)}`);
  };
  const options = { times: 100_000, rounds: 15 };
  const variants = [
    { name: 'bare loop of http.request (the limit)', run: bareLoop },
    { name: 'influx-monitoring, from recording to delivery', run: wholeWay },
  ];
  const timings = await compare(variants, { ...options, isProfiled });
  const cpu = await compare(variants, { ...options, isCpuTime: true });
  await monitoring.stop();
  agent.destroy();
  const [bare, ours] = timings;
  const [bareCpu, oursCpu] = cpu;
  if (!bare || !ours || !bareCpu || !oursCpu) throw new Error('a variant is missing');
  const slug = target.name.startsWith('Influx') ? 'influx1' : 'victoria-metrics';
  const added = difference(oursCpu, bareCpu);
  return {
    title: `Points into ${target.name}`,
    unit: 'ns per point',
    timings,
    figures: [
      { name: `deliver.throughput-${slug}`, ...ratio(bare, ours) },
      { name: `deliver.cpu-us-a-point-${slug}`, ...scaled(oursCpu, 1e-3) },
      {
        name: `deliver.cpu-us-a-point-over-bare-${slug}`,
        median: added.median / 1e3,
        lower: added.lower / 1e3,
        upper: added.upper / 1e3,
      },
    ],
  };
}

function scaled(
  { medianNs, lowerNs, upperNs }: { medianNs: number; lowerNs: number; upperNs: number },
  by: number,
): Omit<Figure, 'name'> {
  return { median: medianNs * by, lower: lowerNs * by, upper: upperNs * by };
}

/** The p99 of the event loop's delay at 50,000 points a second, over that of an idle process. */
async function eventLoopDelay(target: Target): Promise<Result> {
  const monitoring = target.monitoring();
  const rounds = 7;
  const idle: number[] = [];
  const busy: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    idle.push(await delayP99(() => undefined));
    busy.push(
      await delayP99(() => {
        recordPoints(monitoring, POINTS_PER_SECOND / 100);
      }),
    );
    await monitoring.flush();
  }
  await monitoring.stop();
  const added = busy.map((p99, round) => p99 - (idle[round] ?? NaN));
  const timing = (name: string, roundsNs: readonly number[]): Result['timings'][number] => {
    const { median, lower, upper } = spread(roundsNs.map((ms) => ms * 1e6));
    return { name, medianNs: median, lowerNs: lower, upperNs: upper, roundsNs };
  };
  return {
    title: 'Event loop delay (p99) at 50,000 points a second',
    unit: 'ns',
    timings: [timing('idle', idle), timing('recording and sending', busy)],
    figures: [{ name: 'deliver.event-loop-delay-p99-added-ms', ...spread(added) }],
  };
}

async function delayP99(work: () => void): Promise<number> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  const timer = setInterval(work, 10);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  clearInterval(timer);
  histogram.disable();
  return histogram.percentile(99) / 1e6;
}

function recordPoints(monitoring: LunaRequestInfluxMonitoring, count: number): void {
  for (let index = 0; index < count; index += 1) {
    monitoring.addPoints([
      new RequestMonitoringPoint({
        requestId: REQUEST_ID,
        resource: RESOURCES[index % 100] ?? '',
        method: 'GET',
        executionTime: 0.012345 + index * 1e-6,
        requestTime: monitoring.now(),
        service: 'luna-sender',
        statusCode: 200,
      }),
    ]);
  }
}

let stamp = BigInt(Date.now()) * 1_000_000n;

/** As many lines as a batch of ours, of the same length. */
function block(lineCount: number): string {
  const lines: string[] = [];
  for (let index = 0; index < lineCount; index += 1) {
    stamp += 1000n;
    lines.push(
      `requests,route=GET:/api/resource-${String(index % 100)}/:id,service=luna-sender,status_code=200 ` +
        `request_id="${REQUEST_ID}",execution_time=0.0${String(12345 + index)} ${String(stamp)}`,
    );
  }
  return lines.join('\n');
}

async function post({ url, path }: Target, agent: Agent, body: string): Promise<void> {
  const outgoing = request(`${url}${path}`, {
    method: 'POST',
    agent,
    headers: { 'content-length': Buffer.byteLength(body) },
  });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  if (response.statusCode !== 204) throw new Error(`expected 204, got ${String(response.statusCode)}`);
}
