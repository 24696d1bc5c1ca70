import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  LunaRequestInfluxMonitoring,
  RequestErrorMonitoringPoint,
  RequestMonitoringPoint,
  WSRequestPoint,
  decodeLine,
  type MonitoringOptions,
} from '@influx-monitoring/core';
import { listSpoolQueues, readSpoolSegment } from '@influx-monitoring/core/spool';
import { afterEach, describe, expect, it } from 'vitest';

const CHILD = fileURLToPath(new URL('children/folding-child.ts', import.meta.url));

const silent = { error: () => undefined, info: () => undefined, warn: () => undefined };
const monitorings: LunaRequestInfluxMonitoring[] = [];

afterEach(async () => {
  await Promise.all(monitorings.splice(0).map((monitoring) => monitoring.stop()));
});

function start(options: MonitoringOptions) {
  const monitoring = new LunaRequestInfluxMonitoring({ logger: silent, service: 'shop', ...options });
  monitorings.push(monitoring);
  const lines: string[] = [];
  monitoring.observeLines({ onLine: (line) => lines.push(line) });
  return { monitoring, lines };
}

function request(executionTime: number, resource = '/a'): RequestMonitoringPoint {
  const common = { method: 'GET', requestId: 'id', resource, service: 'shop', statusCode: 200 };
  return new RequestMonitoringPoint({ ...common, executionTime, requestTime: Date.now() / 1000 });
}

function expectBalance(monitoring: LunaRequestInfluxMonitoring): void {
  const { recorded, adopted, folded, delivered, pending, dropped, deadLettered } = monitoring.stats();
  expect(recorded + adopted).toBe(folded + delivered + pending + dropped + deadLettered);
}

describe('aggregate', () => {
  it('records a point a period in the place of its events, and keeps the balance at every moment', async () => {
    const { monitoring, lines } = start({ aggregate: { series: ['requests'], periodSeconds: 3600 } });
    for (let event = 0; event < 1000; event += 1) {
      monitoring.addPoints([request(event / 1000)]);
      if (event % 100 === 0) expectBalance(monitoring);
    }
    expect(lines).toEqual([]);
    expect(monitoring.stats()).toMatchObject({ recorded: 1000, folded: 1000, openPeriods: 1000, pending: 0 });
    await monitoring.flush();
    expectBalance(monitoring);
    expect(monitoring.stats()).toMatchObject({ recorded: 1001, folded: 1000, openPeriods: 0, delivered: 1 });
    expect(lines.map((line) => decodeLine(line)).map(({ series, fields }) => [series, fields['count']])).toEqual([
      ['requests_summary', 1000n],
    ]);
  });

  it('leaves errors, and slow events too, as points', async () => {
    const { monitoring, lines } = start({ aggregate: { series: ['requests'], slowSeconds: 0.5 } });
    const failed = { method: 'GET', requestId: 'id', resource: '/a', service: 'shop', statusCode: 500 };
    monitoring.addPoints([
      request(0.1),
      request(0.7),
      new RequestErrorMonitoringPoint({ ...failed, errorCode: 1, requestTime: Date.now() / 1000 }),
    ]);
    await monitoring.flush();
    expect(lines.map((line) => decodeLine(line).series)).toEqual(['requests', 'errors', 'requests_summary']);
    expect(decodeLine(lines[2] ?? '').fields['count']).toBe(2n);
    expectBalance(monitoring);
  });

  it('gives what is open at stop(), and counts what comes after it as dropped', async () => {
    const { monitoring, lines } = start({ aggregate: { series: ['ws_requests'] } });
    const send = { accountId: 'a', requestId: 'x', service: 'shop', transportTime: 0.01 };
    for (let event = 0; event < 5; event += 1) {
      monitoring.addPoints([new WSRequestPoint({ ...send, eventTime: Date.now() / 1000 })]);
    }
    expect(await monitoring.stop()).toMatchObject({ delivered: 1, lost: 0 });
    monitoring.addPoints([new WSRequestPoint({ ...send, eventTime: Date.now() / 1000 })]);
    expect(decodeLine(lines[0] ?? '')).toMatchObject({ series: 'ws_requests_summary', fields: { count: 5n } });
    expect(monitoring.stats()).toMatchObject({ recorded: 7, folded: 5, delivered: 1, dropped: 1, openPeriods: 0 });
    expectBalance(monitoring);
  });

  it('keeps within the bound of memory, whatever tags come', () => {
    const maxMemoryBytes = 256 * 1024;
    const { monitoring } = start({
      aggregate: { series: ['requests'], periodSeconds: 3600 },
      delivery: { maxMemoryBytes },
      credentials: { dbName: 'd' },
      port: 1,
    });
    for (let event = 0; event < 20_000; event += 1) {
      monitoring.addPoints([request(event / 1000, `/${String(event % 5000)}`)]);
      expect(monitoring.stats().memoryBytes).toBeLessThanOrEqual(maxMemoryBytes);
    }
    expectBalance(monitoring);
  });

  it.each(['by itself', 'exit'])('puts an open period into the spool when the process ends: %s', async (end) => {
    const folder = mkdtempSync(join(tmpdir(), 'influx-monitoring-folding-'));
    try {
      execFileSync(process.execPath, ['--conditions=@influx-monitoring/source', '--import', 'tsx', CHILD, folder, end]);
      const lines: string[] = [];
      for (const path of listSpoolQueues(folder).flatMap(({ segmentPaths }) => segmentPaths)) {
        const segment = await readSpoolSegment(path);
        for await (const { bytes } of segment.batches()) lines.push(...bytes.toString().split('\n'));
      }
      expect(lines.map((line) => decodeLine(line)).map(({ series, fields }) => [series, fields['count']])).toEqual([
        ['requests_summary', 10n],
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
