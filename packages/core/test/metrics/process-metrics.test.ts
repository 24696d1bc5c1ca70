import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerformanceObserver } from 'node:perf_hooks';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  createMonitoring as createConfigured,
  LunaRequestInfluxMonitoring,
  decodeLine,
  monitorProcess,
  type StoredPoint,
} from '@influx-monitoring/core';
import { ProcessSampler } from '../../src/metrics/process-sampler.ts';
import { bundle } from '../support/bundle.ts';

const PERIOD_SECONDS = 0.2;
const GC_KINDS = ['minor', 'major', 'incremental', 'weak_callbacks', 'other'];

function createMonitoring(options: { enabled?: boolean; service?: string } = {}): LunaRequestInfluxMonitoring {
  const monitoring = new LunaRequestInfluxMonitoring(options);
  onTestFinished(async () => {
    await monitoring.stop();
  });
  return monitoring;
}

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The next point of the series: the test's own work is in it, or in the one after it. */
function nextPoint(monitoring: LunaRequestInfluxMonitoring): Promise<StoredPoint> {
  return new Promise((resolve) => {
    const leave = monitoring.observeLines({
      onLine: (line) => {
        leave();
        resolve(decodeLine(line));
      },
    });
  });
}

function number(point: StoredPoint, field: string): number {
  const value = point.fields[field];
  expect(value, field).toSatisfy((found) => typeof found === 'number' || typeof found === 'bigint');
  return Number(value);
}

/** Keeps the loop, and so the CPU, for a time. */
function block(milliseconds: number): void {
  const endMs = performance.now() + milliseconds;
  while (performance.now() < endMs);
}

describe('monitorProcess', () => {
  it('records a point a period, with tags that tell processes apart', async () => {
    const monitoring = createMonitoring({ service: 'shop' });
    const startedAt = monitoring.now();
    monitorProcess({ monitoring, periodSeconds: PERIOD_SECONDS });
    const first = await nextPoint(monitoring);
    const second = await nextPoint(monitoring);
    expect(first.series).toBe('process');
    expect(first.tags).toEqual({ host: hostname(), pid: String(process.pid), service: 'shop', thread: '0' });
    expect(first.time).toBeCloseTo(startedAt, 1);
    expect(second.time - first.time).toBeCloseTo(number(first, 'period_seconds'), 2);
    expect(number(first, 'period_seconds')).toBeGreaterThanOrEqual(PERIOD_SECONDS - 0.01);
    expect(number(second, 'uptime_seconds')).toBeGreaterThan(number(first, 'uptime_seconds'));
  });

  it('shows a loop that was blocked for 100 ms, and nothing of it in the next period', async () => {
    const monitoring = createMonitoring();
    monitorProcess({ monitoring, periodSeconds: PERIOD_SECONDS });
    await nextPoint(monitoring);
    // Just after a point the histogram has no look to measure from.
    await new Promise((resolve) => setTimeout(resolve, 50));
    block(100);
    const blocked = await nextPoint(monitoring);
    const idle = await nextPoint(monitoring);
    const delay = (point: StoredPoint) => number(point, 'event_loop_delay_max_seconds');
    // A look is due at most 20 ms after the beginning, and late from then on.
    expect(delay(blocked)).toBeGreaterThan(0.075);
    expect(delay(blocked)).toBeLessThan(1);
    expect(delay(idle)).toBeLessThan(delay(blocked));
    expect(number(blocked, 'event_loop_delay_mean_seconds')).toBeLessThan(delay(blocked));
    expect(number(blocked, 'event_loop_delay_p50_seconds')).toBeLessThan(delay(blocked));
    expect(number(blocked, 'event_loop_utilization')).toBeGreaterThan(0.25);
    expect(number(blocked, 'event_loop_utilization')).toBeLessThanOrEqual(1);
    expect(number(idle, 'event_loop_utilization')).toBeLessThan(number(blocked, 'event_loop_utilization'));
  });

  it('says nothing of the delay where nothing was looked at yet', () => {
    const sampler = new ProcessSampler();
    const fields = sampler.sample();
    sampler.stop();
    expect(Object.keys(fields).filter((name) => name.startsWith('event_loop_delay'))).toEqual([]);
    expect(fields['event_loop_utilization']).toBeDefined();
  });

  it('shows the CPU that was used', async () => {
    const monitoring = createMonitoring();
    monitorProcess({ monitoring, periodSeconds: PERIOD_SECONDS });
    await nextPoint(monitoring);
    const before = process.cpuUsage();
    block(150);
    const used = process.cpuUsage(before);
    const point = await nextPoint(monitoring);
    const rate = number(point, 'cpu_user_seconds_per_second') + number(point, 'cpu_system_seconds_per_second');
    const seconds = rate * number(point, 'period_seconds');
    expect(seconds).toBeGreaterThan(((used.user + used.system) / 1e6) * 0.99);
  });

  it('counts collections and their seconds, each once', async () => {
    const seen = { count: 0, seconds: 0 };
    const observer = new PerformanceObserver((list) => {
      seen.count += list.getEntries().length;
      for (const { duration } of list.getEntries()) seen.seconds += duration / 1000;
    });
    onTestFinished(() => {
      observer.disconnect();
    });
    const monitoring = createMonitoring();
    observer.observe({ entryTypes: ['gc'] });
    monitorProcess({ monitoring, periodSeconds: PERIOD_SECONDS });
    const kept: object[] = [];
    for (let index = 0; index < 2e6; index += 1) kept.push({ index });
    kept.length = 0;
    const points = [await nextPoint(monitoring), await nextPoint(monitoring)];
    // Both observers are told in the same turn of the loop.
    const expected = { ...seen };
    const total = (unit: string) =>
      points.flatMap((point) => GC_KINDS.map((kind) => number(point, `gc_${kind}_${unit}`))).reduce((a, b) => a + b);
    expect(total('count')).toBe(expected.count);
    expect(total('seconds')).toBeCloseTo(expected.seconds, 4);
    expect(points.map((point) => number(point, 'gc_minor_count')).reduce((a, b) => a + b)).toBeGreaterThan(0);
    expect(typeof points[0]?.fields['gc_minor_count']).toBe('bigint');
  });

  it('shows the memory, in whole bytes', async () => {
    const monitoring = createMonitoring();
    monitorProcess({ monitoring, periodSeconds: PERIOD_SECONDS });
    const before = await nextPoint(monitoring);
    const buffer = new ArrayBuffer(50_000_000);
    const after = await nextPoint(monitoring);
    expect(buffer.byteLength).toBe(50_000_000);
    const growth = number(after, 'array_buffers_bytes') - number(before, 'array_buffers_bytes');
    expect(growth).toBeGreaterThan(40_000_000);
    expect(number(after, 'external_bytes')).toBeGreaterThanOrEqual(number(after, 'array_buffers_bytes'));
    expect(number(after, 'heap_used_bytes')).toBeLessThanOrEqual(number(after, 'heap_total_bytes'));
    expect(number(after, 'heap_total_bytes')).toBeLessThan(number(after, 'heap_limit_bytes'));
    expect(number(after, 'rss_bytes')).toBeGreaterThan(number(after, 'heap_used_bytes'));
    expect(typeof after.fields['rss_bytes']).toBe('bigint');
  });

  it('counts the timers that keep the loop alive', async () => {
    const monitoring = createMonitoring();
    monitorProcess({ monitoring, periodSeconds: PERIOD_SECONDS });
    const before = await nextPoint(monitoring);
    const timers = Array.from({ length: 20 }, () => setTimeout(() => undefined, 60_000));
    const after = await nextPoint(monitoring);
    for (const timer of timers) clearTimeout(timer);
    const growth = number(after, 'active_timers') - number(before, 'active_timers');
    expect(growth).toBeGreaterThanOrEqual(15);
    expect(number(after, 'active_handles')).toBeGreaterThanOrEqual(0);
    expect(number(after, 'active_requests')).toBeGreaterThanOrEqual(0);
  });

  it('gives what the first call gave, for the same monitoring, and records once', async () => {
    const monitoring = createMonitoring();
    const metrics = monitorProcess({ monitoring, periodSeconds: PERIOD_SECONDS });
    expect(monitorProcess({ monitoring, periodSeconds: 0.1 })).toBe(metrics);
    await nextPoint(monitoring);
    await nextPoint(monitoring);
    expect(monitoring.stats().recorded).toBe(2);
  });

  it('begins with a monitoring that is configured so, as by the environment', async () => {
    const monitoring = createConfigured({ logger }, { environment: { MONITORING_PROCESS_PERIOD_SECONDS: '0.1' } });
    onTestFinished(async () => {
      await monitoring.stop();
    });
    expect((await nextPoint(monitoring)).series).toBe('process');
  });

  it('ends with stop, with using and with the monitoring, and can begin again', async () => {
    const monitoring = createMonitoring();
    const other = createMonitoring();
    {
      using metrics = monitorProcess({ monitoring, periodSeconds: 0.1 });
      metrics.stop();
    }
    monitorProcess({ monitoring: other, periodSeconds: PERIOD_SECONDS });
    await nextPoint(other);
    expect(monitoring.stats().recorded).toBe(0);
    monitorProcess({ monitoring, periodSeconds: 0.1 });
    await nextPoint(monitoring);
    await monitoring.stop();
    const { recorded } = monitoring.stats();
    await nextPoint(other);
    expect(monitoring.stats()).toMatchObject({ recorded, dropped: 0 });
  });

  it('does nothing where monitoring is switched off', async () => {
    const monitoring = createMonitoring({ enabled: false });
    const other = createMonitoring();
    monitorProcess({ monitoring, periodSeconds: 0.1 });
    monitorProcess({ monitoring: other, periodSeconds: PERIOD_SECONDS });
    await nextPoint(other);
    expect(monitoring.stats().recorded).toBe(0);
  });

  it('counts a measurement that fails, and goes on', async () => {
    const monitoring = createMonitoring();
    // What Node does where no file can be opened any more.
    vi.spyOn(process, 'memoryUsage').mockImplementationOnce(() => {
      throw new Error('EMFILE: too many open files, uv_resident_set_memory');
    });
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    monitorProcess({ monitoring, periodSeconds: PERIOD_SECONDS });
    const point = await nextPoint(monitoring);
    expect(monitoring.stats().counters).toEqual({ process_metrics_failed: 1 });
    expect(number(point, 'rss_bytes')).toBeGreaterThan(0);
  });

  it.each([
    [{ periodSeconds: 0.05 }, '"periodSeconds" to be a number of seconds from 0.1 to 3600, got the number 0.05'],
    [{ period: 1 }, 'unknown option "period"'],
    [{ monitoring: {} }, '"monitoring" to be a monitoring'],
  ])('refuses %j', (options, message) => {
    expect(() => monitorProcess(options as object)).toThrow(message);
  });
});

describe('monitorProcess, elsewhere', () => {
  const CHILD = fileURLToPath(new URL('children/monitored.ts', import.meta.url));
  const NODE_ARGUMENTS = ['--import', 'tsx', '--conditions=@influx-monitoring/source'];

  it('keeps no process alive', async () => {
    const { stderr } = await promisify(execFile)(process.execPath, [...NODE_ARGUMENTS, CHILD], { timeout: 20_000 });
    expect(stderr).toBe('');
  });

  it('records a worker as a thread of its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'influx-monitoring-process-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const target = join(folder, 'monitored.mjs');
    bundle(pathToFileURL(CHILD), target);
    const worker = new Worker(target);
    // What the child hands over are lines.
    const [line] = (await once(worker, 'message')) as [string];
    const { threadId } = worker;
    await worker.terminate();
    expect(decodeLine(line).tags).toMatchObject({ pid: String(process.pid), thread: String(threadId) });
  });
});
