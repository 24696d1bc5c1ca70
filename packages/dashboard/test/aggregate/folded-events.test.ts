import { LunaRequestInfluxMonitoring, type BaseMonitoringPoint } from '@influx-monitoring/core';
import type { FoldedSeries } from '@influx-monitoring/core/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Aggregate } from '../../src/aggregate/aggregate.ts';
import { Channel } from '../../src/streams/channel.ts';
import { TurnBudget } from '../../src/store/turn-budget.ts';
import { sumView, type ViewData } from '../../src/streams/views.ts';
import { messagePoint, requestPoint, sendPoint } from '../support/points.ts';

const NOW = 1_700_000_000;

/** Durations of the page are too high by less, and those of summaries off by less, than these shares. */
const PAGE_ERROR = 0.008;
const SUMMARY_ERROR = 0.01;

const ALL: FoldedSeries['series'] = ['requests', 'ws_requests', 'redis_message'];

function foldedAggregate(periodSeconds: number, series = ALL, beganAt = NOW - 1000): Aggregate {
  return new Aggregate(NOW, { folded: { series, periodSeconds, beganAt } });
}

/** Lines as a monitoring that folds writes them; all are of one period, which begins at a time. */
async function foldedLines(
  points: readonly BaseMonitoringPoint[],
  periodStart: number,
  aggregate: { readonly periodSeconds?: number; readonly slowSeconds?: number } = {},
): Promise<string[]> {
  await using monitoring = new LunaRequestInfluxMonitoring({ aggregate: { series: ALL, ...aggregate } });
  const lines: string[] = [];
  monitoring.observeLines({ onLine: (line) => lines.push(line) });
  monitoring.addPoints(points);
  await monitoring.flush();
  return lines.map((line) =>
    /_summary[, ]/.test(line) ? line.replace(/ \d+$/, ` ${String(periodStart)}000001000`) : line,
  );
}

function addLines(aggregate: Aggregate, lines: readonly string[]): void {
  for (const line of lines) aggregate.addLine(line, 0);
}

async function windowOf(aggregate: Aggregate, to = NOW): Promise<ViewData> {
  const channel = new Channel(15);
  await channel.update(aggregate, [], new TurnBudget());
  return channel.whole(aggregate, { from: channel.firstSecond(aggregate), to }, new TurnBudget());
}

describe('folded events', () => {
  it('are counted as those that were folded, in tables and seconds, each series', async () => {
    const aggregate = foldedAggregate(10);
    const points = [
      ...Array.from({ length: 47 }, (_unused, index) =>
        requestPoint({ resource: '/a', time: NOW, seconds: index / 1000 }),
      ),
      ...Array.from({ length: 3 }, () => requestPoint({ resource: '/a', time: NOW, status: 500 })),
      ...Array.from({ length: 7 }, () => requestPoint({ resource: '/b', time: NOW, status: 499 })),
      ...Array.from({ length: 11 }, () => sendPoint('account', NOW, 0.004)),
      ...Array.from({ length: 1234 }, () => messagePoint('channel', NOW)),
    ];
    addLines(aggregate, await foldedLines(points, NOW - 20));
    const { seconds, tables } = await windowOf(aggregate);
    const counts = (name: 'accounts' | 'channels' | 'routes' | 'totals') =>
      tables[name].map(([key, count, failed]) => [key, count, failed]).sort();
    expect(counts('routes')).toEqual([
      ['GET:/a', 50, 3],
      ['GET:/b', 7, 7],
    ]);
    // The status that most of the last period's requests had.
    expect(tables.routes.map(([key, , , , last]) => [key, last]).sort()).toEqual([
      ['GET:/a', '200'],
      ['GET:/b', '499'],
    ]);
    expect(counts('accounts')).toEqual([['account', 11, 0]]);
    expect(counts('channels')).toEqual([['channel', 1234, 0]]);
    expect(counts('totals')).toEqual([
      ['redisMessages', 1234, 0],
      ['requests', 57, 10],
      ['sends', 11, 0],
    ]);
    expect(seconds.map(([second]) => second)).toEqual(Array.from({ length: 10 }, (_unused, index) => NOW - 20 + index));
    const sumOf = (column: 1 | 2 | 4 | 6 | 10 | 11) => seconds.reduce((sum, row) => sum + row[column], 0);
    expect([1, 2, 4, 6, 10, 11].map((column) => sumOf(column as 1))).toEqual([57, 10, 11, 1234, 3, 7]);
    // Spread evenly: what comes often is in each second.
    for (const row of seconds) expect(Math.abs(row[6] - 123.4)).toBeLessThan(1);
    // Of each second the percentiles of the period.
    expect(new Set(seconds.map((row) => JSON.stringify(row[3]))).size).toBe(1);
    expect(tables.routes.find(([key]) => key === 'GET:/a')?.[5]).toBe(NOW - 11);
  });

  it('are in each second that their period touches, where it ends within one', async () => {
    const aggregate = foldedAggregate(2.5);
    addLines(
      aggregate,
      await foldedLines(
        Array.from({ length: 30 }, () => messagePoint('channel', NOW)),
        NOW - 20,
      ),
    );
    const { seconds } = await windowOf(aggregate);
    expect(seconds.map(([second, , , , , , messages]) => [second, messages])).toEqual([
      [NOW - 20, 10],
      [NOW - 19, 10],
      [NOW - 18, 10],
    ]);
  });

  it('come to the same counts as points, whatever was sent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom('/a', '/b', '/c'),
            fc.constantFrom(200, 404, 500),
            fc.double({ min: 1e-5, max: 100, noNaN: true }),
          ),
          {
            minLength: 1,
            maxLength: 120,
          },
        ),
        fc.constantFrom(1, 2.5, 7, 10, 60),
        async (events, periodSeconds) => {
          const points = events.map(([resource, status, seconds]) =>
            requestPoint({ resource, status, seconds, time: NOW - 200 }),
          );
          const folded = foldedAggregate(periodSeconds);
          addLines(folded, await foldedLines(points, NOW - 200));
          const raw = new Aggregate(NOW);
          await using monitoring = new LunaRequestInfluxMonitoring();
          monitoring.observeLines({ onLine: (line) => raw.addLine(line, 0) });
          monitoring.addPoints(points);
          const [views, expected] = [await windowOf(folded), await windowOf(raw)];
          const rows = (view: ViewData) =>
            [...view.tables.routes, ...view.tables.totals].map(([key, count, failed]) => [key, count, failed]).sort();
          expect(rows(views)).toEqual(rows(expected));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of one set of tags have percentiles within 2 % of the exact ones', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 1e-5, max: 100, noNaN: true }), { minLength: 1, maxLength: 300 }),
        async (durations) => {
          const aggregate = foldedAggregate(10);
          const points = durations.map((seconds) => requestPoint({ resource: '/a', seconds, time: NOW }));
          addLines(aggregate, await foldedLines(points, NOW - 20));
          const percentiles = (await windowOf(aggregate)).tables.routes[0]?.[3] ?? [];
          const sorted = durations.map((seconds) => Math.round(seconds * 1e6)).sort((a, b) => a - b);
          for (const [index, share] of [0.5, 0.95, 0.99].entries()) {
            // An HdrHistogram takes the nearest rank, rounded.
            const rank = Math.max(1, Math.floor(share * sorted.length + 0.5));
            const exact = sorted[rank - 1] ?? NaN;
            const shown = percentiles[index] ?? NaN;
            expect(shown).toBeGreaterThanOrEqual(exact * (1 - SUMMARY_ERROR) - 1);
            // The last known percentile above it: with few events a rank may lie between two.
            const nextRank = Math.min(sorted.length, Math.max(rank, Math.ceil(share * sorted.length)));
            expect(shown).toBeLessThanOrEqual(
              (sorted[nextRank - 1] ?? NaN) * (1 + SUMMARY_ERROR) * (1 + PAGE_ERROR) + 1,
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of several summaries have percentiles that are not below the exact ones', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(200, 404, 500), fc.double({ min: 1e-5, max: 100, noNaN: true })), {
          minLength: 1,
          maxLength: 300,
        }),
        async (events) => {
          const aggregate = foldedAggregate(10);
          const points = events.map(([status, seconds]) =>
            requestPoint({ resource: '/a', seconds, status, time: NOW }),
          );
          addLines(aggregate, await foldedLines(points, NOW - 20));
          const percentiles = (await windowOf(aggregate)).tables.routes[0]?.[3] ?? [];
          const sorted = events.map(([, seconds]) => Math.round(seconds * 1e6)).sort((a, b) => a - b);
          for (const [index, share] of [0.5, 0.95, 0.99].entries()) {
            const exact = sorted[Math.max(1, Math.floor(share * sorted.length + 0.5)) - 1] ?? NaN;
            expect(percentiles[index]).toBeGreaterThanOrEqual(exact * (1 - SUMMARY_ERROR) - 1);
            expect(percentiles[index]).toBeLessThanOrEqual((sorted.at(-1) ?? NaN) * (1 + PAGE_ERROR) + 1);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are counted once, though slow ones are points, too', async () => {
    const aggregate = foldedAggregate(10);
    const points = Array.from({ length: 20 }, (_unused, index) =>
      requestPoint({ resource: '/a', time: NOW - 15, seconds: index < 5 ? 2 : 0.01 }),
    );
    const lines = await foldedLines(points, NOW - 20, { slowSeconds: 1 });
    expect(lines).toHaveLength(6);
    addLines(aggregate, lines);
    expect((await windowOf(aggregate)).tables.routes[0]?.slice(0, 3)).toEqual(['GET:/a', 20, 0]);
  });

  it('of any part of the time are whole events, and of all parts exactly all', async () => {
    const aggregate = foldedAggregate(10);
    const points = Array.from({ length: 200 }, (_unused, index) =>
      requestPoint({ resource: `/route-${String(index)}`, time: NOW, seconds: 0.01 }),
    );
    addLines(aggregate, await foldedLines(points, NOW - 20));
    const parts = await Promise.all(
      [NOW - 20, NOW - 15].map((from) =>
        sumView(aggregate, { firstSecond: NOW - 900, from, minutes: 15, to: from + 5 }, new TurnBudget()),
      ),
    );
    const counts = parts.map(({ tables }) => tables.routes.map(([, count]) => count));
    expect(new Set(counts.flat())).toEqual(new Set([1]));
    expect(counts.flat()).toHaveLength(200);
    // Each is somewhere, and together they are everywhere.
    for (const part of counts) expect(part.length).toBeGreaterThan(70);
    // A half is gone from the window with the first five seconds.
    await new TurnBudget().run(aggregate.advance(NOW - 15 + 900));
    expect((await windowOf(aggregate)).tables.routes).toHaveLength(counts[1]?.length ?? 0);
    await new TurnBudget().run(aggregate.advance(NOW - 10 + 900));
    expect((await windowOf(aggregate)).tables.routes).toEqual([]);
  });

  it('are not before the process began, and those of a long period only as far as the window goes', async () => {
    const young = foldedAggregate(10, ALL, NOW - 14.5);
    addLines(young, await foldedLines([messagePoint('c', NOW), messagePoint('c', NOW)], NOW - 20));
    expect((await windowOf(young)).seconds.every(([second]) => second >= NOW - 15)).toBe(true);
    const long = foldedAggregate(3600, ALL, NOW - 5000);
    const points = Array.from({ length: 3600 }, () => messagePoint('c', NOW));
    addLines(long, await foldedLines(points, NOW - 3600));
    expect((await windowOf(long)).tables.channels[0]?.[1]).toBe(900);
  });

  it('are none of series that are not folded, and points of these count', async () => {
    const aggregate = foldedAggregate(10, ['redis_message']);
    addLines(aggregate, [
      `requests_summary,route=GET:/a,status_code=200 count=5i ${String(NOW - 20)}000000000`,
      `errors_summary,route=GET:/a count=5i ${String(NOW - 20)}000000000`,
      `requests,route=GET:/a,status_code=200 execution_time=0.1 ${String(NOW - 20)}000000000`,
      `redis_message,chanel=c request_id="r" ${String(NOW - 20)}000000000`,
      `redis_message_summary,chanel=c count=3i ${String(NOW - 20)}000000000`,
      `redis_message_summary,chanel=broken other=3i ${String(NOW - 20)}000000000`,
      `redis_message_summary,chanel=negative count=-3i ${String(NOW - 20)}000000000`,
    ]);
    const { tables } = await windowOf(aggregate);
    expect(tables.routes.map((row) => row.slice(0, 2))).toEqual([['GET:/a', 1]]);
    expect(tables.channels.map((row) => row.slice(0, 2))).toEqual([['c', 3]]);
  });
});
