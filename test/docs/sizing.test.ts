import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LunaRequestInfluxMonitoring, RequestMonitoringPoint, type DeliveryOptions } from '@influx-monitoring/core';
import { createRequestId } from '@influx-monitoring/core/internal';
import { freePort } from '@influx-monitoring/test-servers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ROOT } from './snippets.ts';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const PAGE = readFileSync(join(ROOT, 'docs', 'sizing.md'), 'utf8');
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const MONTH_SECONDS = 30 * 86_400;
const POINT_COUNT = 20_000;
const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, days: 86_400 };
/** A digit of rounding, and ids and times that compress by chance. */
const TOLERANCE = 0.1;

describe('what the README and docs/sizing.md say of room', () => {
  let memoryBytes: number;
  let spoolBytes: number;

  beforeAll(async () => {
    memoryBytes = await bytesOfPoint({}, ({ memoryBytes: bytes }) => bytes);
    const spoolFolder = mkdtempSync(join(tmpdir(), 'sizing-'));
    // Little memory, so that all of it goes to disk.
    spoolBytes = await bytesOfPoint({ maxMemoryBytes: MIB / 4, spoolFolder }, ({ spoolBytes: bytes }) => bytes);
    rmSync(spoolFolder, { recursive: true });
  });

  it('is the bytes that a point takes', () => {
    const stated = new Map(rowsOf('where').map(([where = '', bytes]) => [where, Number(bytes)]));
    expectNear(stated.get('memory, while it waits'), memoryBytes);
    expectNear(stated.get('spool, compressed'), spoolBytes);
    const database = stated.get('InfluxDB 2.7 on disk, after compaction') ?? NaN;
    const withoutId = stated.get('the same with a constant request id') ?? NaN;
    expect(Math.abs(1 - withoutId / database - 0.72)).toBeLessThan(0.01);
  });

  it('is how long memory and spool last, and what a month takes', () => {
    const database = Number(
      new Map(rowsOf('where').map(([where, bytes]) => [where, bytes])).get('InfluxDB 2.7 on disk, after compaction'),
    );
    const rows = rowsOf('requests a second');
    expect(rows.map(([rate]) => rate)).toEqual(['10', '100', '1,000', '10,000']);
    for (const [rate = '', memory = '', more = '', spool = '', disk = ''] of rows) {
      const perSecond = numberOf(rate);
      expectNear(secondsOf(memory), (32 * MIB) / memoryBytes / perSecond);
      expectNear(secondsOf(more), (256 * MIB) / memoryBytes / perSecond);
      expectNear(secondsOf(spool), GIB / spoolBytes / perSecond);
      expectNear(numberOf(disk), (database * perSecond * MONTH_SECONDS) / GIB);
    }
  });

  it('is half an hour at 100 requests a second by default, and four days with a spool', () => {
    expect(README).toMatch(/32 MiB, about half an hour at 100 requests a second/);
    expect((32 * MIB) / memoryBytes / 100 / 60).toSatisfy((minutes: number) => minutes > 25 && minutes < 36);
    expect(README).toMatch(/1 GiB more waits on disk, about four days at that rate/);
    expect(GIB / spoolBytes / 100 / 86_400).toSatisfy((days: number) => days > 3.5 && days < 4.5);
  });
});

/** Records requests for a database that is away, and gives what one of them takes. */
async function bytesOfPoint(
  delivery: DeliveryOptions,
  read: (stats: ReturnType<LunaRequestInfluxMonitoring['stats']>) => number,
): Promise<number> {
  const logger = { error: ignore, info: ignore, warn: ignore };
  const url = `http://127.0.0.1:${String(await freePort())}`;
  const options = { credentials: { dbName: 'shop' }, delivery, logger, service: 'shop', url } as const;
  const monitoring = new LunaRequestInfluxMonitoring(options);
  for (let index = 0; index < POINT_COUNT; index += 1) {
    const request = { method: 'GET', requestId: createRequestId(), resource: '/api/users/:id', statusCode: 200 };
    const executionTime = (index % 997) / 9973;
    const { service } = monitoring;
    monitoring.addPoints([
      new RequestMonitoringPoint({ ...request, executionTime, requestTime: monitoring.now(), service }),
    ]);
  }
  if (delivery.spoolFolder !== undefined) {
    await vi.waitFor(() => {
      expect(monitoring.stats().spooled).toBeGreaterThan(POINT_COUNT * 0.9);
    }, 20_000);
  }
  const stats = monitoring.stats();
  const bytes = read(stats) / (delivery.spoolFolder === undefined ? stats.pending : stats.spooled);
  await monitoring.stop({ timeoutMs: 1 });
  return bytes;
}

function ignore(): void {
  // That the database is away is meant.
}

function expectNear(stated: number | undefined, measured: number): void {
  expect(
    Math.abs((stated ?? NaN) / measured - 1),
    `${String(stated)} is stated, ${String(measured)} measured`,
  ).toBeLessThan(TOLERANCE);
}

function numberOf(cell: string): number {
  return Number.parseFloat(cell.replaceAll(',', ''));
}

function secondsOf(cell: string): number {
  const [amount = '', unit = ''] = cell.split(' ');
  return Number(amount) * (SECONDS[unit] ?? NaN);
}

/** The cells of the table whose head begins with the given words. */
function rowsOf(head: string): string[][] {
  const [, body = ''] = new RegExp(String.raw`^\| ${head} .*\n\|[-| ]+\n((?:\|.*\n)+)`, 'm').exec(PAGE) ?? [];
  const rows = body.trimEnd().split('\n');
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}
