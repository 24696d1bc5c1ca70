import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHistogram, readPercentiles } from '../../src/aggregate/percentiles.ts';
import { MAX_DURATION_US, SparseCounts } from '../../src/aggregate/sparse-counts.ts';

const duration = fc.oneof(fc.nat(300), fc.nat(2_000_000), fc.integer({ min: 0, max: MAX_DURATION_US }));
const durations = fc.array(duration, { minLength: 1, maxLength: 400 });

describe('SparseCounts', () => {
  it('comes to the same bins of an HdrHistogram as the durations themselves', () => {
    fc.assert(
      fc.property(durations, (values) => {
        const sparse = new SparseCounts();
        const direct = createHistogram();
        const through = createHistogram();
        for (const value of values) {
          sparse.add(value, 1);
          direct.recordValue(value);
        }
        sparse.forEach((value, count) => {
          through.recordValueWithCount(value, count);
        });
        expect(through.totalCount).toBe(values.length);
        for (let percentile = 1; percentile <= 100; percentile += 1) {
          expect(through.getValueAtPercentile(percentile)).toBe(direct.getValueAtPercentile(percentile));
        }
      }),
    );
  });

  it('leaves a histogram empty when what was put in is taken out', () => {
    fc.assert(
      fc.property(durations, durations, (kept, gone) => {
        const window = createHistogram();
        const expected = createHistogram();
        const sparse = new SparseCounts();
        for (const value of kept) {
          window.recordValue(value);
          expected.recordValue(value);
        }
        for (const value of gone) {
          window.recordValue(value);
          sparse.add(value, 1);
        }
        sparse.forEach((value, count) => {
          window.recordValueWithCount(value, -count);
        });
        expect(readPercentiles(window)).toEqual(readPercentiles(expected));
      }),
    );
  });

  it('takes a few bytes for each duration that differs, however many there are', () => {
    const sparse = new SparseCounts();
    for (let index = 0; index < 100_000; index += 1) sparse.add(10_000 + (index % 100), 1);
    expect(sparse.byteCount).toBeLessThanOrEqual(64);
  });
});

describe('percentiles', () => {
  it('are those of rank, and above by less than 0.8 %', () => {
    fc.assert(
      fc.property(durations, (values) => {
        const histogram = createHistogram();
        for (const value of values) histogram.recordValue(value);
        const sorted = values.toSorted((a, b) => a - b);
        const ranks = [50, 95, 99];
        const read = readPercentiles(histogram) ?? [];
        for (const [index, percentile] of ranks.entries()) {
          const exact = sorted[Math.ceil((percentile / 100) * sorted.length) - 1] ?? NaN;
          expect(read[index]).toBeGreaterThanOrEqual(exact);
          expect(read[index]).toBeLessThanOrEqual(exact * (1 + 1 / 128));
        }
      }),
    );
  });

  it('are none where nothing was measured', () => {
    expect(readPercentiles(undefined)).toBeNull();
    expect(readPercentiles(createHistogram())).toBeNull();
  });
});
