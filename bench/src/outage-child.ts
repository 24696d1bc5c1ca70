/** The service of `outage.ts`, in a process of its own, so that nothing before it has grown its memory. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '@influx-monitoring/core';
import { freePort } from '../../test/servers/index.ts';

/** What it measured. */
export interface OutageFigures {
  readonly growthMiB: number;
  readonly delayP99Ms: number;
  readonly cpuUsPerPoint: number;
}

/** As an application has them: strings that are there already. */
const RESOURCES = Array.from({ length: 100 }, (_, index) => `/api/resource-${String(index)}/:id`);
const POINTS_PER_SECOND = 20_000;
const TICK_MS = 10;
const MIB = 1024 * 1024;

process.send?.(await measure(Number(process.argv[2])));

async function measure(seconds: number): Promise<OutageFigures> {
  const port = await freePort();
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const monitoring = new LunaRequestInfluxMonitoring({
    credentials: { dbName: 'bench' },
    host: '127.0.0.1',
    logger,
    port,
  });
  globalThis.gc?.();
  const restMiB = process.memoryUsage.rss() / MIB;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  let peakMiB = restMiB;
  await everyTick(seconds * 1000, () => {
    for (let index = 0; index < (POINTS_PER_SECOND * TICK_MS) / 1000; index += 1) recordPoint(monitoring, index);
    peakMiB = Math.max(peakMiB, process.memoryUsage.rss() / MIB);
  });
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  const { recorded, pending, dropped } = monitoring.stats();
  if (recorded !== pending + dropped) throw new Error('the balance does not hold');
  await monitoring.stop({ timeoutMs: 100 });
  return {
    growthMiB: peakMiB - restMiB,
    delayP99Ms: delay.percentile(99) / 1e6,
    cpuUsPerPoint: (user + system) / recorded,
  };
}

function everyTick(durationMs: number, work: () => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(work, TICK_MS);
    setTimeout(() => {
      clearInterval(timer);
      resolve();
    }, durationMs);
  });
}

function recordPoint(monitoring: LunaRequestInfluxMonitoring, index: number): void {
  monitoring.addPoints([
    new RequestMonitoringPoint({
      requestId: '1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a',
      resource: RESOURCES[index % 100] ?? '',
      method: 'GET',
      executionTime: 0.012345,
      requestTime: monitoring.now(),
      service: 'luna-sender',
      statusCode: 200,
    }),
  ]);
}
