import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DurationSketch } from '../../src/folding/duration-sketch.ts';

const SHARES = [0.5, 0.9, 0.95, 0.99];
const HOUR_IN_MICROSECONDS = 3_600_000_000;

function sketchOf(durations: readonly number[]): DurationSketch {
  const sketch = new DurationSketch();
  for (const seconds of durations) sketch.add(seconds);
  return sketch;
}

/** Sorting: the plain way. */
function nearestRank(durations: readonly number[], share: number): number {
  const sorted = [...durations].sort((one, other) => one - other);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0;
}

/** As likely a microsecond as an hour: uniform in digits. */
const duration = fc
  .double({ min: 0, max: Math.log(HOUR_IN_MICROSECONDS), noNaN: true })
  .map((exponent) => Math.round(Math.exp(exponent)) / 1e6);

describe('a sketch of durations', () => {
  it('has percentiles within 1 % of the exact ones, from 1 µs to 1 h', () => {
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 300 }), (durations) => {
        const sketch = sketchOf(durations);
        for (const share of SHARES) {
          const exact = nearestRank(durations, share);
          expect(Math.abs(sketch.percentile(share) - exact)).toBeLessThanOrEqual(exact * 0.01);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('has count, sum, minimum and maximum as they are', () => {
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 300 }), (durations) => {
        const sketch = sketchOf(durations);
        const microseconds = durations.map((seconds) => Math.round(seconds * 1e6));
        expect(sketch.count).toBe(durations.length);
        expect(sketch.sum).toBe(microseconds.reduce((sum, each) => sum + each, 0) / 1e6);
        expect(sketch.min).toBe(Math.min(...microseconds) / 1e6);
        expect(sketch.max).toBe(Math.max(...microseconds) / 1e6);
      }),
    );
  });

  it('tells 0 and what is longer than an hour by minimum and maximum', () => {
    const sketch = sketchOf([0, 0, 0, 7200]);
    expect(sketch.percentile(0.5)).toBe(0);
    expect(sketch.percentile(0.99)).toBeLessThanOrEqual(7200);
    expect(sketch.max).toBe(7200);
  });

  it('counts on where a bucket has had more than 65,535, also when the window grows afterwards', () => {
    const sketch = new DurationSketch();
    for (let index = 0; index < 200_000; index += 1) sketch.add(0.25);
    for (let index = 0; index < 100_000; index += 1) sketch.add(0.000_1);
    for (let index = 0; index < 100_000; index += 1) sketch.add(30);
    expect(sketch.count).toBe(400_000);
    expect(sketch.percentile(0.25)).toBeCloseTo(0.000_1, 5);
    expect(Math.abs(sketch.percentile(0.5) - 0.25)).toBeLessThanOrEqual(0.0025);
    expect(Math.abs(sketch.percentile(0.75) - 0.25)).toBeLessThanOrEqual(0.0025);
    expect(Math.abs(sketch.percentile(0.76) - 30)).toBeLessThanOrEqual(0.3);
  });

  it('takes less than 1 KiB for a spread of one decade, and less than 4 KiB for any', () => {
    for (let start = 0.000_001; start < 360; start *= 1.7) {
      expect(sketchOf([start, start * 2, start * 10]).byteLength).toBeLessThan(1024);
    }
    const wide = sketchOf([0, 0.000_001, 1, 3600, 100_000]);
    for (let index = 0; index < 70_000; index += 1) wide.add(1);
    expect(wide.byteLength).toBeLessThan(4096);
  });

  it('begins anew when it is cleared, in the memory it has', () => {
    const sketch = sketchOf([0.1, 0.2]);
    const { byteLength } = sketch;
    sketch.clear();
    expect(sketch).toMatchObject({ count: 0, sum: 0, max: 0, min: Infinity, byteLength });
    expect(sketch.percentile(0.5)).toBe(0);
    sketch.add(0.1);
    expect(Math.abs(sketch.percentile(0.5) - 0.1)).toBeLessThanOrEqual(0.001);
  });
});
