import { LunaRequestInfluxMonitoring, ErrorPoint, RequestMonitoringPoint } from '@influx-monitoring/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DurationHistogram } from '../../examples/demo/src/figures/duration-histogram.ts';
import { ObservedMonitoring } from '../../examples/demo/src/figures/observed-monitoring.ts';
import { SeriesFigures, WINDOW_SECONDS } from '../../examples/demo/src/figures/series-figures.ts';

describe('DurationHistogram', () => {
  it('tells percentiles to one percent of what sorting tells', () => {
    const durations = fc.array(fc.double({ min: 1e-6, max: 1000, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(durations, fc.double({ min: 0.01, max: 1, noNaN: true }), (seconds, share) => {
        const histogram = new DurationHistogram();
        for (const each of seconds) histogram.record(each);
        const sorted = seconds.toSorted((one, other) => one - other);
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? Number.NaN;
        const told = histogram.percentile(share) ?? Number.NaN;
        expect(Math.abs(told / exact - 1)).toBeLessThanOrEqual(0.0101);
      }),
    );
  });

  it('has no percentile without a duration, and takes 0 and an hour as its ends', () => {
    const histogram = new DurationHistogram();
    expect(histogram.percentile(0.5)).toBeUndefined();
    histogram.record(0);
    expect(histogram.percentile(0.5)).toBeCloseTo(1e-6, 7);
    histogram.record(3600);
    expect(histogram.percentile(1)).toBeGreaterThan(2500);
  });
});

describe('SeriesFigures', () => {
  it('forgets in its recent figures what is older than the window, and not in those of the whole', () => {
    const figures = new SeriesFigures();
    figures.record(0.5, '200');
    figures.endSecond();
    expect(figures.recent()).toMatchObject({ count: 1, ratePerSecond: 1, codes: [['200', 1]] });
    for (let second = 0; second < WINDOW_SECONDS; second += 1) figures.endSecond();
    expect(figures.recent()).toEqual({
      count: 0,
      ratePerSecond: 0,
      percentiles: [undefined, undefined, undefined],
      codes: [],
    });
    expect(figures.whole(4)).toMatchObject({ count: 1, ratePerSecond: 0.25, codes: [['200', 1]] });
  });

  it('names the most frequent code first, and bounds how many it tells apart', () => {
    const figures = new SeriesFigures();
    for (let code = 0; code < 1000; code += 1) figures.record(undefined, `code ${String(code)}`);
    const { codes } = figures.whole(1);
    expect(codes[0]).toEqual(['other', 900]);
    expect(codes).toHaveLength(101);
  });
});

describe('ObservedMonitoring', () => {
  const request = (executionTime: number, statusCode: number): RequestMonitoringPoint =>
    new RequestMonitoringPoint({
      ...{ requestId: 'id', resource: '/', method: 'GET', service: 'demo', requestTime: Date.now() / 1000 },
      ...{ executionTime, statusCode },
    });

  it('sees each point when it is recorded, and each line when it is delivered', async () => {
    const monitoring = new LunaRequestInfluxMonitoring({ flushingPeriod: 600 });
    const observed = new ObservedMonitoring(monitoring);
    monitoring.addPoints([request(0.25, 200), request(0.25, 404)]);
    monitoring.addPoints([new ErrorPoint({ eventTime: monitoring.now(), errorCode: 29004 })].values());

    const { count, percentiles, codes } = observed.figures('requests').whole(1);
    expect(count).toBe(2);
    expect(percentiles[1]).toBeCloseTo(0.25, 2);
    expect(codes).toEqual([
      ['200', 1],
      ['404', 1],
    ]);
    expect(observed.figures('subscription_error').whole(1).codes).toEqual([['29004', 1]]);
    expect(observed.deliveredCount('requests')).toBe(0);

    await monitoring.stop();
    expect(observed.deliveredCount('requests')).toBe(2);
    expect(observed.deliveredCount('subscription_error')).toBe(1);
    expect(monitoring.stats()).toMatchObject({ recorded: 3, delivered: 3 });
  });
});
