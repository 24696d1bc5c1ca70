import { LunaRequestInfluxMonitoring, PointStore, type BaseMonitoringPoint } from '@influx-monitoring/core';
import { describe, expect, it } from 'vitest';
import { readDetail } from '../../src/details/read-detail.ts';
import type { Detail, DetailSubject } from '../../src/wire/detail.ts';
import { failurePoint, messagePoint, requestPoint, sendPoint, subscriptionErrorPoint } from '../support/points.ts';

const NOW = 1_700_000_000;

async function detailOf(points: readonly BaseMonitoringPoint[], subject: DetailSubject, key = ''): Promise<Detail> {
  await using monitoring = new LunaRequestInfluxMonitoring();
  const store = new PointStore();
  monitoring.observeLines({
    onLine: (line) => {
      store.addLine(line);
    },
  });
  monitoring.addPoints(points);
  return await readDetail(store, { subject, key, from: NOW - 900, to: NOW }, new AbortController().signal);
}

/** A request that failed is two points, in this order. */
function failed(resource: string, time: number, requestId: string, seconds: number, status = 500, code = 11022) {
  return [
    requestPoint({ resource, time, requestId, seconds, status }),
    failurePoint(resource, time, code, status, requestId),
  ];
}

const POINTS = [
  ...Array.from({ length: 30 }, (_unused, index) =>
    requestPoint({
      resource: '/a',
      time: NOW - 60 + index,
      requestId: `ok-${String(index)}`,
      seconds: 0.001 * (index + 1),
    }),
  ),
  ...failed('/a', NOW - 20, 'failed-1', 2),
  ...failed('/a', NOW - 10.25, 'failed-2', 0.5, 404, 404),
  ...failed('/b', NOW - 5, 'failed-3', 0.1),
  requestPoint({ resource: '/a', time: NOW - 5000, requestId: 'before' }),
  sendPoint('account-1', NOW - 3, 0.004),
  sendPoint('account-2', NOW - 3, 0.004),
  messagePoint('channel-1', NOW - 2),
  subscriptionErrorPoint(29004, NOW - 1, 3),
];

describe('what a drawer shows', () => {
  it('of a route: its failures with their codes, durations and ids, its slowest, and its seconds', async () => {
    const detail = await detailOf(POINTS, 'routes', 'GET:/a');
    expect(detail.foldedTo).toBeNull();
    expect([detail.count, detail.failedCount]).toEqual([32, 2]);
    expect(detail.last).toEqual([
      {
        time: NOW - 10.25,
        route: 'GET:/a',
        status: '404',
        errorCode: '404',
        durationUs: 500_000,
        requestId: 'failed-2',
      },
      {
        time: NOW - 20,
        route: 'GET:/a',
        status: '500',
        errorCode: '11022',
        durationUs: 2_000_000,
        requestId: 'failed-1',
      },
    ]);
    expect(detail.slowest.slice(0, 3).map(({ requestId }) => requestId)).toEqual(['failed-1', 'failed-2', 'ok-29']);
    expect(detail.slowest).toHaveLength(20);
    expect(detail.slowest.slice(0, 3).map(({ errorCode, status }) => [status, errorCode])).toEqual([
      ['500', '11022'],
      ['404', '404'],
      ['200', ''],
    ]);
    expect(detail.durations?.[0]).toBeGreaterThanOrEqual(16_000);
    expect(detail.histogram.reduce((sum, count) => sum + count, 0)).toBe(32);
    const second = detail.seconds.find(([start]) => start === NOW - 20);
    expect([second?.[1], second?.[2], second?.[10]]).toEqual([1, 1, 1]);
  });

  it('of an error code: those of all routes, with the durations of their requests', async () => {
    const detail = await detailOf(POINTS, 'errorCodes', '11022');
    expect([detail.count, detail.last.map(({ requestId, route }) => [requestId, route])]).toEqual([
      2,
      [
        ['failed-3', 'GET:/b'],
        ['failed-1', 'GET:/a'],
      ],
    ]);
    expect(detail.slowest.map(({ durationUs }) => durationUs)).toEqual([2_000_000, 100_000]);
  });

  it('of all that failed: whatever the route and the code', async () => {
    const detail = await detailOf(POINTS, 'failed');
    expect([detail.count, detail.last.map(({ requestId }) => requestId)]).toEqual([
      3,
      ['failed-3', 'failed-2', 'failed-1'],
    ]);
  });

  it('of accounts, channels and subscription errors: their last events', async () => {
    const account = await detailOf(POINTS, 'accounts', 'account-1');
    expect([account.count, account.last.length, account.slowest[0]?.durationUs]).toEqual([1, 1, 4000]);
    const channel = await detailOf(POINTS, 'channels', 'channel-1');
    expect([channel.count, channel.last.map(({ time }) => time), channel.slowest]).toEqual([1, [NOW - 2], []]);
    const errors = await detailOf(POINTS, 'subscriptionErrors', '29004');
    expect([errors.count, errors.last[0]?.errorCode]).toEqual([3, '29004']);
  });

  it('is bounded, and the newest and the slowest are told, in whichever order they come', async () => {
    const points = Array.from({ length: 400 }, (_unused, index) =>
      failed(
        '/many',
        NOW - 500 + ((index * 211) % 400),
        `id-${String((index * 211) % 400)}`,
        (((index * 211) % 400) + 1) / 1000,
      ),
    ).flat();
    const detail = await detailOf(points, 'routes', 'GET:/many');
    expect(detail.last.map(({ requestId }) => requestId)).toEqual(
      Array.from({ length: 50 }, (_unused, index) => `id-${String(399 - index)}`),
    );
    expect(detail.slowest.map(({ durationUs }) => durationUs)).toEqual(
      Array.from({ length: 20 }, (_unused, index) => (400 - index) * 1000),
    );
  });

  it('of folded series: counts and durations of summaries; failures, slow events and the slowest of each period', async () => {
    await using monitoring = new LunaRequestInfluxMonitoring({
      aggregate: { series: ['requests', 'ws_requests'], slowSeconds: 1 },
    });
    const store = new PointStore();
    const begin = (Math.floor(Date.now() / 10_000) - 1) * 10;
    monitoring.observeLines({
      onLine: (line) => {
        // As if the period had been the last one that is over.
        const isSummary = /_summary,/.test(line);
        store.addLine(isSummary ? line.replace(/ \d+$/, ` ${String(begin)}000000000`) : line);
      },
    });
    monitoring.addPoints([
      ...Array.from({ length: 30 }, (_unused, index) =>
        requestPoint({ resource: '/a', time: begin, requestId: `ok-${String(index)}`, seconds: 0.001 * (index + 1) }),
      ),
      ...failed('/a', begin + 1, 'failed-fast', 0.5),
      ...failed('/a', begin + 2, 'failed-slow', 2),
      sendPoint('account-1', begin, 0.004),
    ]);
    await monitoring.flush();
    const span = { from: begin - 60, to: begin + 20 };
    const folded = {
      series: ['requests', 'ws_requests'],
      periodSeconds: 10,
      beganAt: begin - 60,
      to: begin + 10,
    } as const;
    const read = (subject: DetailSubject, key: string): Promise<Detail> =>
      readDetail(store, { ...span, subject, key, folded }, new AbortController().signal);

    const route = await read('routes', 'GET:/a');
    expect([route.count, route.failedCount, route.foldedTo]).toEqual([32, 2, begin + 10]);
    expect(route.histogram.reduce((sum, count) => sum + count, 0)).toBe(32);
    expect(route.seconds.reduce((sum, [, count]) => sum + count, 0)).toBe(32);
    expect(route.last.map(({ requestId, errorCode }) => [requestId, errorCode])).toEqual([
      ['failed-slow', '11022'],
      ['failed-fast', '11022'],
    ]);
    expect(route.slowest).toEqual([
      {
        time: begin + 2,
        route: 'GET:/a',
        status: '500',
        errorCode: '11022',
        durationUs: 2e6,
        requestId: 'failed-slow',
      },
      {
        time: begin,
        route: 'GET:/a',
        status: '200',
        errorCode: '',
        durationUs: 30_000,
        requestId: 'ok-29',
        periodSeconds: 10,
      },
    ]);
    const account = await read('accounts', 'account-1');
    expect([account.count, account.last, account.slowest[0]?.requestId]).toEqual([1, [], 'r']);
    expect((await read('errorCodes', '11022')).foldedTo).toBeNull();
    // A part of the period has a part of its events.
    const part = await readDetail(
      store,
      { subject: 'routes', key: 'GET:/a', from: begin, to: begin + 5, folded },
      new AbortController().signal,
    );
    expect(part.count).toBeGreaterThan(10);
    expect(part.count).toBeLessThan(22);
  });

  it('of what is not there is nothing', async () => {
    for (const [subject, key] of [
      ['routes', 'GET:/none'],
      ['errorCodes', '__proto__'],
      ['accounts', ''],
    ] as const) {
      expect(await detailOf(POINTS, subject, key)).toMatchObject({ count: 0, last: [], slowest: [], seconds: [] });
    }
  });
});
