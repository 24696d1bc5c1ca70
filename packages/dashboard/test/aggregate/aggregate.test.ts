import { LunaRequestInfluxMonitoring, type BaseMonitoringPoint } from '@influx-monitoring/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Aggregate } from '../../src/aggregate/aggregate.ts';
import { MAX_ROWS } from '../../src/aggregate/window-table.ts';
import { Channel } from '../../src/streams/channel.ts';
import { TurnBudget } from '../../src/store/turn-budget.ts';
import { sumView, type ViewData } from '../../src/streams/views.ts';
import type { TableName, TableRow, WindowMinutes } from '../../src/wire/messages.ts';
import { failurePoint, messagePoint, requestPoint, sendPoint, subscriptionErrorPoint } from '../support/points.ts';

const NOW = 1_700_000_000;

/** Counts points as they would come from the store. */
async function addPoints(aggregate: Aggregate, points: readonly BaseMonitoringPoint[]): Promise<void> {
  await using monitoring = new LunaRequestInfluxMonitoring();
  monitoring.observeLines({ onLine: (line) => aggregate.addLine(line, 0) });
  monitoring.addPoints(points);
}

function advance(aggregate: Aggregate, now: number): Promise<void> {
  return new TurnBudget().run(aggregate.advance(now));
}

/** A window as somebody who has just come sees it. */
async function windowOf(aggregate: Aggregate, minutes: WindowMinutes, to = NOW): Promise<ViewData> {
  const channel = new Channel(minutes);
  await channel.update(aggregate, [], new TurnBudget());
  return channel.whole(aggregate, { from: channel.firstSecond(aggregate), to }, new TurnBudget());
}

const byKey = (rows: readonly TableRow[]): TableRow[] => rows.toSorted((a, b) => (a[0] < b[0] ? -1 : 1));

describe('Aggregate', () => {
  it('counts each series in its table', async () => {
    const aggregate = new Aggregate(NOW);
    await addPoints(aggregate, [
      requestPoint({ resource: '/a', time: NOW - 3, seconds: 0.1 }),
      requestPoint({ resource: '/a', time: NOW - 2, seconds: 0.2, status: 500 }),
      failurePoint('/a', NOW - 2, 11022),
      requestPoint({ resource: '/b', time: NOW - 2, seconds: 0.0001, status: 499 }),
      failurePoint('/b', NOW - 2, 499, 499),
      sendPoint('account', NOW - 1, 0.003),
      messagePoint('channel', NOW - 1),
      messagePoint('channel', NOW - 1),
      subscriptionErrorPoint(29004, NOW - 1, 5),
    ]);
    const { tables, seconds } = await windowOf(aggregate, 5);

    expect(byKey(tables.routes)).toEqual([
      ['GET:/a', 2, 1, [100_351, 200_703, 200_703], '500', NOW - 2],
      ['GET:/b', 1, 1, [100, 100, 100], '499', NOW - 2],
    ]);
    expect(byKey(tables.errorCodes)).toEqual([
      ['11022', 1, 0, null, 'GET:/a', NOW - 2],
      ['499', 1, 0, null, 'GET:/b', NOW - 2],
    ]);
    expect(tables.accounts).toEqual([['account', 1, 0, [3007, 3007, 3007], '', NOW - 1]]);
    expect(tables.channels).toEqual([['channel', 2, 0, null, '', NOW - 1]]);
    expect(tables.subscriptionErrors).toEqual([['29004', 5, 0, null, '', NOW - 1]]);
    expect(tables.totals.find(([key]) => key === 'requests')?.slice(0, 3)).toEqual(['requests', 3, 2]);
    expect(
      seconds.map(([second, requests, failed, , sends, , messages, errors]) => [
        second,
        requests,
        failed,
        sends,
        messages,
        errors,
      ]),
    ).toEqual([
      [NOW - 3, 1, 0, 0, 0, 0],
      [NOW - 2, 2, 2, 0, 0, 0],
      [NOW - 1, 0, 0, 1, 2, 5],
    ]);
  });

  it('counts a sampled point for all that it stands for', async () => {
    const aggregate = new Aggregate(NOW);
    await addPoints(aggregate, [
      ...Array.from({ length: 10 }, () => requestPoint({ resource: '/a', time: NOW - 1, sampleRate: 0.1 })),
      requestPoint({ resource: '/a', time: NOW - 1, status: 500, sampleRate: 1 }),
    ]);
    const { tables } = await windowOf(aggregate, 5);
    expect(tables.routes[0]?.slice(0, 3)).toEqual(['GET:/a', 101, 1]);
  });

  it('passes over series and points that it does not show', async () => {
    const aggregate = new Aggregate(NOW);
    aggregate.addLine('cache,service=shop hits=3i 1700000000000000000', 0);
    await addPoints(aggregate, [requestPoint({ resource: '/old', time: NOW - 1000 })]);
    const { tables, seconds } = await windowOf(aggregate, 15);
    expect([tables.routes, tables.totals, seconds]).toEqual([[], [], []]);
  });

  it('counts points without the usual tags and fields under "none"', async () => {
    const aggregate = new Aggregate(NOW);
    for (const series of ['requests', 'errors', 'ws_requests', 'redis_message', 'subscription_error']) {
      aggregate.addLine(`${series} other="field" ${String(NOW)}000000000`, 0);
    }
    // A rate by which nothing can have been kept, and a duration that is none.
    aggregate.addLine(`requests sample_rate=0,execution_time=-3 ${String(NOW)}000000000`, 0);
    const { tables } = await windowOf(aggregate, 5);
    expect(tables.routes).toEqual([['none', 2, 0, [0, 0, 0], '', NOW]]);
    for (const name of ['errorCodes', 'accounts', 'channels', 'subscriptionErrors'] as const) {
      expect(tables[name]).toEqual([['none', 1, 0, null, '', NOW]]);
    }
  });

  it('forgets what leaves a window, and keys of which nothing is left', async () => {
    const aggregate = new Aggregate(NOW);
    await addPoints(aggregate, [
      requestPoint({ resource: '/early', time: NOW - 1, seconds: 0.5 }),
      requestPoint({ resource: '/both', time: NOW - 1, seconds: 0.5 }),
    ]);
    await advance(aggregate, NOW + 200);
    await addPoints(aggregate, [requestPoint({ resource: '/both', time: NOW + 200, seconds: 0.001 })]);
    await advance(aggregate, NOW + 310);
    expect((await windowOf(aggregate, 5)).tables.routes).toEqual([
      ['GET:/both', 1, 0, [1003, 1003, 1003], '200', NOW + 200],
    ]);
    expect((await windowOf(aggregate, 15)).tables.routes).toHaveLength(2);
    await advance(aggregate, NOW + 910);
    expect([...aggregate.tables.routes.rows].map(({ key }) => key)).toEqual(['GET:/both']);
    await advance(aggregate, NOW + 2000);
    expect([...aggregate.tables.routes.rows]).toEqual([]);
    expect(aggregate.byteCount).toBe(0);
  });

  it('comes to the same, point by point, as the sum of the slots', async () => {
    const event = fc.record({
      resource: fc.constantFrom('/a', '/b', '/c'),
      age: fc.nat(1200),
      status: fc.constantFrom(200, 404, 500),
      seconds: fc.double({ min: 0, max: 5, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 60 }),
        fc.constantFrom<WindowMinutes>(5, 15),
        async (events, minutes) => {
          const end = NOW + 5;
          const aggregate = new Aggregate(NOW - 1200);
          const ordered = events.toSorted((a, b) => b.age - a.age);
          for (const { age, ...init } of ordered) {
            await advance(aggregate, NOW - age);
            await addPoints(aggregate, [requestPoint({ ...init, time: NOW - age })]);
          }
          await advance(aggregate, NOW);
          const kept = await windowOf(aggregate, minutes, end);
          const summed = await sumView(aggregate, { firstSecond: 0, minutes, to: end }, new TurnBudget());
          // The window's first slot is over only once its last second is: it may hold one slot more.
          const from = NOW + 5 - minutes * 60;
          const inSum = ordered.filter(({ age }) => NOW - age >= from);
          expect(summed.tables.totals[0]?.[1] ?? 0).toBe(inSum.length);
          const inWindow = ordered.filter(({ age }) => NOW - age >= aggregate.firstSecond(minutes === 5 ? 0 : 1));
          expect(kept.tables.totals[0]?.[1] ?? 0).toBe(inWindow.length);
          if (inSum.length === inWindow.length) expect(byKey(kept.tables.routes)).toEqual(byKey(summed.tables.routes));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('tells 250 keys of a table apart and counts all others together', async () => {
    const aggregate = new Aggregate(NOW);
    const points = Array.from({ length: MAX_ROWS + 50 }, (_unused, index) =>
      messagePoint(`c${String(index)}`, NOW - 1),
    );
    await addPoints(aggregate, points);
    const { channels } = (await windowOf(aggregate, 5)).tables;
    expect(channels).toHaveLength(MAX_ROWS + 1);
    expect(channels.find(([key]) => key === '')?.[1]).toBe(50);
  });

  it('keeps its bound of memory by forgetting the oldest time', async () => {
    const aggregate = new Aggregate(NOW, { maxBytes: 64 * 1024 });
    for (let age = 600; age > 0; age -= 5) {
      const points = Array.from({ length: 20 }, (_unused, index) =>
        requestPoint({ resource: `/${String(index)}`, time: NOW - age, seconds: Math.random() }),
      );
      await addPoints(aggregate, points);
      await advance(aggregate, NOW - age);
      expect(aggregate.byteCount).toBeLessThanOrEqual(64 * 1024);
    }
    const { tables } = await windowOf(aggregate, 15);
    const counted = tables.totals[0]?.[1] ?? 0;
    expect(counted).toBeGreaterThan(0);
    expect(counted).toBeLessThan(2400);
    expect(tables.routes.reduce((sum, [, count]) => sum + count, 0)).toBe(counted);
    expect(aggregate.firstSecond(1)).toBeGreaterThan(NOW - 600);
  });
});

describe('Channel', () => {
  it('tells only of rows that changed, and of those that are gone', async () => {
    const aggregate = new Aggregate(NOW);
    const channel = new Channel(5);
    await addPoints(aggregate, [
      requestPoint({ resource: '/a', time: NOW }),
      requestPoint({ resource: '/b', time: NOW }),
    ]);
    const namesOf = (table: TableName, change: Awaited<ReturnType<Channel['update']>>): unknown => [
      change.tables[table]?.changed.map(([key]) => key),
      change.tables[table]?.gone,
    ];
    const slices = new TurnBudget();
    expect(namesOf('routes', await channel.update(aggregate, [], slices))).toEqual([['GET:/a', 'GET:/b'], []]);
    expect(namesOf('routes', await channel.update(aggregate, [], slices))).toEqual([undefined, undefined]);
    await addPoints(aggregate, [requestPoint({ resource: '/b', time: NOW + 100 })]);
    expect(namesOf('routes', await channel.update(aggregate, [], slices))).toEqual([['GET:/b'], []]);
    await advance(aggregate, NOW + 350);
    expect(namesOf('routes', await channel.update(aggregate, [], slices))).toEqual([['GET:/b'], ['GET:/a']]);
  });
});
