import { monitorEventLoopDelay } from 'node:perf_hooks';
import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '@influx-monitoring/core';
import { freePort } from '../../test/servers/index.ts';
import { spread } from './measure.ts';
import type { Topic } from './report.ts';

const POINTS_PER_SECOND = 20_000;
const TICK_MS = 10;
const MIB = 1024 * 1024;

/** Memory, event-loop delay and CPU while the database is away, at 20,000 points a second. */
export const outage: Topic = async ({ isShort }) => {
  const seconds = isShort ? 5 : 60;
  const port = await freePort();
  const monitoring = new LunaRequestInfluxMonitoring({ credentials: { dbName: 'bench' }, host: '127.0.0.1', port });
  globalThis.gc?.();
  const restMiB = process.memoryUsage().rss / MIB;
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
  return [
    {
      title: `Database away for ${String(seconds)} s at 20,000 points a second`,
      unit: '',
      timings: [],
      figures: [
        { name: 'outage.memory-growth-mib', ...spread([peakMiB - restMiB]) },
        { name: 'outage.event-loop-delay-p99-ms', ...spread([delay.percentile(99) / 1e6]) },
        { name: 'outage.cpu-us-a-point', ...spread([(user + system) / recorded]) },
      ],
    },
  ];
};

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
      resource: `/api/resource-${String(index % 100)}/:id`,
      method: 'GET',
      executionTime: 0.012345,
      requestTime: monitoring.now(),
      service: 'luna-sender',
      statusCode: 200,
    }),
  ]);
}
