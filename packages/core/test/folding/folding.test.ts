import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { resolveAggregateOptions, type AggregateOptions } from '../../src/folding/folding-options.ts';
import { Folding } from '../../src/folding/folding.ts';
import { LineEncoder } from '../../src/lines/encode.ts';
import { decodeLine } from '../../src/lines/decode.ts';
import { BaseMonitoringPoint } from '../../src/points/base-point.ts';
import { RequestErrorMonitoringPoint, RequestMonitoringPoint } from '../../src/points/request-points.ts';
import { SubscribeRedisPoint, WSRequestPoint } from '../../src/points/sender-points.ts';

const START_MS = Date.UTC(2026, 10, 27, 12, 0, 3);

interface Summary {
  readonly line: string;
  readonly series: string;
  readonly periodStart: number;
}

function createFolding(options: Partial<AggregateOptions> = {}, maxBytes = 1_000_000) {
  const summaries: Summary[] = [];
  const encoder = new LineEncoder({ maxTagValues: 1000 });
  const folding = new Folding(
    resolveAggregateOptions({ series: ['requests', 'ws_requests', 'redis_message'], ...options }),
    {
      headOf: (point) => encoder.headOf(point),
      maxBytes,
      recordSummary: (line, series, periodStart) => summaries.push({ line, series, periodStart }),
    },
  );
  return { folding, summaries, fieldsAt: (index: number) => decodeLine(`${summaries[index]?.line ?? ''} 1`).fields };
}

function request(executionTime: number, { resource = '/a', statusCode = 200, requestId = 'id' } = {}) {
  return new RequestMonitoringPoint({
    executionTime,
    method: 'GET',
    requestId,
    requestTime: 1,
    resource,
    service: 'shop',
    statusCode,
  });
}

describe('folding', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: START_MS });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('makes one point of the events of a period that have the same tags', () => {
    const { folding, summaries, fieldsAt } = createFolding();
    for (let event = 1; event <= 100; event += 1)
      folding.fold(request(event / 1000, { requestId: `id-${String(event)}` }));
    folding.fold(request(1, { statusCode: 500 }));
    folding.endPeriod();
    expect(summaries.map(({ line }) => line.slice(0, line.indexOf(' ')))).toEqual([
      'requests_summary,route=GET:/a,service=shop,status_code=200',
      'requests_summary,route=GET:/a,service=shop,status_code=500',
    ]);
    const fields = fieldsAt(0);
    expect(fields).toMatchObject({
      count: 100n,
      execution_time_sum: 5.05,
      execution_time_min: 0.001,
      execution_time_max: 0.1,
      slowest_request_id: 'id-100',
    });
    for (const [name, exact] of [
      ['execution_time_p50', 0.05],
      ['execution_time_p90', 0.09],
      ['execution_time_p95', 0.095],
      ['execution_time_p99', 0.099],
    ] as const) {
      expect(Math.abs(Number(fields[name]) - exact)).toBeLessThanOrEqual(exact * 0.01);
    }
  });

  it('leaves what is not to be folded: other series, and errors always', () => {
    const { folding } = createFolding({ series: ['ws_requests'] });
    expect(folding.fold(request(0.1))).toBe('not-folded');
    const error = { method: 'GET', requestId: 'x', requestTime: 1, resource: '/', service: 's', statusCode: 500 };
    expect(folding.fold(new RequestErrorMonitoringPoint({ ...error, errorCode: 1 }))).toBe('not-folded');
    expect(folding.fold(new WSRequestPoint({ accountId: 'a', eventTime: 1, requestId: 'x', transportTime: 0.1 }))).toBe(
      'folded',
    );
    expect(folding.openEventCount).toBe(1);
  });

  it('ends a period at a multiple of its length, on time, and dates its points to its beginning', () => {
    const { folding, summaries } = createFolding({ periodSeconds: 10 });
    folding.fold(request(0.1));
    vi.advanceTimersByTime(6999);
    expect(summaries).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(summaries.map(({ periodStart }) => periodStart)).toEqual([(START_MS - 3000) / 1000]);
    folding.fold(request(0.1));
    vi.advanceTimersByTime(10_000);
    expect(summaries.map(({ periodStart }) => periodStart)).toEqual([
      (START_MS - 3000) / 1000,
      (START_MS + 7000) / 1000,
    ]);
  });

  it('counts by upper bound, cumulatively, where it is asked to', () => {
    const { folding, fieldsAt } = createFolding({ buckets: [0.1, 0.5, 1] });
    for (const seconds of [0.05, 0.1, 0.2, 0.7, 5]) folding.fold(request(seconds));
    folding.endPeriod();
    expect(fieldsAt(0)).toMatchObject({
      'execution_time_le_0.1': 2n,
      'execution_time_le_0.5': 3n,
      execution_time_le_1: 4n,
      count: 5n,
    });
  });

  it('says which events were slow, so that they are recorded as points too', () => {
    const { folding } = createFolding({ slowSeconds: 0.5 });
    expect(folding.fold(request(0.4))).toBe('folded');
    expect(folding.fold(request(0.5))).toBe('folded-and-slow');
  });

  it('folds messages without a duration by count alone, and with a time in the queue if there is one', () => {
    const { folding, fieldsAt } = createFolding();
    const message = { channel: 'a', eventTime: 1, requestId: 'x' };
    folding.fold(new SubscribeRedisPoint(message));
    folding.endPeriod();
    expect(fieldsAt(0)).toEqual({ count: 1n });
    folding.fold(new SubscribeRedisPoint({ ...message, additionalFields: { queue_time: 0.25 } }));
    folding.endPeriod();
    expect(fieldsAt(1)).toMatchObject({ count: 1n, queue_time_max: 0.25 });
  });

  it('folds points of a class that names its durations', () => {
    class ImportPoint extends BaseMonitoringPoint {
      readonly series = 'imports';
      readonly tags = { service: 'shop' };
      readonly foldedDurations = ['load_time'];
      readonly fields = { load_time: 0.5, rows: 3 };
    }
    const { folding, summaries, fieldsAt } = createFolding({ series: [] });
    expect(folding.fold(new ImportPoint({ eventTime: 1 }))).toBe('folded');
    folding.endPeriod();
    expect(summaries[0]?.series).toBe('imports_summary');
    expect(fieldsAt(0)).toMatchObject({ count: 1n, load_time_max: 0.5 });
    expect(fieldsAt(0)).not.toHaveProperty('rows');
  });

  it('ends a period early where the open ones take their memory: counts and sums still add up', () => {
    const { folding, summaries } = createFolding({}, 20_000);
    let largest = 0;
    for (let event = 0; event < 1000; event += 1) {
      folding.fold(request(0.1, { resource: `/${String(event % 100)}` }));
      largest = Math.max(largest, folding.byteLength);
    }
    folding.endPeriod();
    const counts = summaries.map(({ line }) => Number(/count=(\d+)i/.exec(line)?.[1]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1000);
    expect(largest).toBeLessThan(22_000);
  });

  it('ends no more than a slice of them early: those that are known the longest', () => {
    const { folding, summaries } = createFolding({}, 20_000);
    let nowMs = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 0.5));
    let folded = 0;
    for (; summaries.length === 0; folded += 1) folding.fold(request(0.1, { resource: `/${String(folded)}` }));
    clock.mockRestore();
    expect(summaries.map(({ line }) => /GET:(\/\d+)/.exec(line)?.[1])).toEqual(['/0', '/1', '/2', '/3']);
    expect(folding.openEventCount).toBe(folded - 4);
    expect(folding.byteLength).toBeLessThan(20_000);
  });

  it('forgets a set of tags that was silent for three periods', () => {
    const { folding } = createFolding();
    folding.fold(request(0.1));
    vi.advanceTimersByTime(20_000);
    expect(folding.byteLength).toBeGreaterThan(0);
    vi.advanceTimersByTime(20_000);
    expect(folding.byteLength).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends a period a slice in each turn, and what comes meanwhile is of the next one', () => {
    const { folding, summaries } = createFolding({ periodSeconds: 10 });
    const sets = Array.from({ length: 100 }, (_unused, index) => `/${String(index)}`);
    for (const resource of sets) folding.fold(request(0.1, { resource }));
    let nowMs = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 0.5));
    vi.advanceTimersByTime(7000);
    expect(summaries.length).toBeGreaterThan(0);
    expect(summaries.length).toBeLessThan(10);
    expect(folding.openEventCount).toBe(100 - summaries.length);
    for (const resource of sets) folding.fold(request(0.2, { resource }));
    clock.mockRestore();
    // Those that had an event meanwhile are ended by that.
    expect(summaries).toHaveLength(100);
    expect(folding.openEventCount).toBe(100);
    vi.advanceTimersByTime(10_000);
    const [first, second] = [(START_MS - 3000) / 1000, (START_MS + 7000) / 1000];
    expect(summaries.map(({ periodStart }) => periodStart)).toEqual(
      Array.from({ length: 200 }, (_unused, index) => (index < 100 ? first : second)),
    );
    const counts = summaries.map(({ line }) => /count=(\d+)i/.exec(line)?.[1]);
    expect(new Set(counts)).toEqual(new Set(['1']));
    expect(new Set(summaries.slice(0, 100).map(({ line }) => /execution_time_max=([\d.]+)/.exec(line)?.[1]))).toEqual(
      new Set(['0.1']),
    );
  });

  it('ends all that is open where it is to be sent now, in slices or not', () => {
    const { folding, summaries } = createFolding({ periodSeconds: 10 });
    for (let set = 0; set < 50; set += 1) folding.fold(request(0.1, { resource: `/${String(set)}` }));
    let nowMs = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 0.5));
    vi.advanceTimersByTime(7000);
    folding.endPeriod();
    clock.mockRestore();
    expect(summaries).toHaveLength(50);
    expect(folding.openEventCount).toBe(0);
    vi.advanceTimersByTime(100_000);
    expect(summaries).toHaveLength(50);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends all that is open a slice in each turn where it may wait', async () => {
    const { folding, summaries } = createFolding({ periodSeconds: 10 });
    for (let set = 0; set < 50; set += 1) folding.fold(request(0.1, { resource: `/${String(set)}` }));
    let nowMs = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 0.5));
    const ended: boolean[] = [];
    void folding.endBySlices().then(() => ended.push(true));
    expect(summaries.length).toBeGreaterThan(0);
    expect(summaries.length).toBeLessThan(10);
    // Of a set that was ended, of one that was not, and of a new one.
    for (const resource of ['/0', '/49', '/new']) folding.fold(request(0.2, { resource }));
    // 13 slices of four sets, in as many turns.
    for (let turn = 0; turn < 13; turn += 1) await vi.advanceTimersByTimeAsync(1);
    clock.mockRestore();
    expect(ended).toEqual([true]);
    expect(summaries).toHaveLength(50);
    expect(/count=(\d+)i/.exec(summaries[49]?.line ?? '')?.[1]).toBe('2');
    // What came meanwhile to the others is of the period that goes on.
    expect(folding.openEventCount).toBe(2);
    vi.advanceTimersByTime(7000);
    expect(summaries.slice(50).map(({ line }) => /GET:(\/\w+)/.exec(line)?.[1])).toEqual(['/0', '/new']);
  });

  it('loses no event of a set that is about to be forgotten', () => {
    const { folding, summaries } = createFolding({ periodSeconds: 10 });
    for (let set = 0; set < 20; set += 1) folding.fold(request(0.1, { resource: `/${String(set)}` }));
    vi.advanceTimersByTime(27_000);
    expect(summaries).toHaveLength(20);
    let nowMs = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 0.5));
    vi.advanceTimersByTime(10_000);
    folding.fold(request(0.1, { resource: '/19' }));
    clock.mockRestore();
    vi.advanceTimersByTime(10_000);
    expect(summaries).toHaveLength(21);
  });

  it('counts each event once, and each sum to the microsecond, whatever comes', () => {
    const event = fc.record({
      microseconds: fc.integer({ min: 0, max: 10_000_000 }),
      resource: fc.constantFrom('/a', '/b', '/c d', '/e,f=g'),
      statusCode: fc.constantFrom(200, 404, 499),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const { folding, summaries } = createFolding();
        for (const { microseconds, ...tags } of events) folding.fold(request(microseconds / 1e6, tags));
        folding.endPeriod();
        const decoded = summaries.map(({ line }) => decodeLine(`${line} 1`));
        expect(new Set(decoded.map(({ tags }) => JSON.stringify(tags))).size).toBe(decoded.length);
        const count = decoded.reduce((sum, { fields }) => sum + Number(fields['count']), 0);
        const total = decoded.reduce(
          (sum, { fields }) => sum + Math.round(Number(fields['execution_time_sum']) * 1e6),
          0,
        );
        expect(count).toBe(events.length);
        expect(total).toBe(events.reduce((sum, { microseconds }) => sum + microseconds, 0));
      }),
      { numRuns: 100 },
    );
  });
});
