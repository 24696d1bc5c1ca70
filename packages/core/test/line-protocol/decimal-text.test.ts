import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundToMicroseconds } from '@influx-monitoring/core';
import { MAX_SECONDS, secondsText } from '../../src/line-protocol/decimal-text.ts';

describe('secondsText', () => {
  it('writes what String writes of the rounded number', () => {
    const microseconds = fc.oneof(
      fc.integer({ min: 0, max: 5_000_000 }),
      fc.integer({ min: 0, max: MAX_SECONDS * 1e6 - 1 }),
    );
    const seconds = fc.oneof(
      fc.double({ min: 0, max: MAX_SECONDS, maxExcluded: true, noNaN: true }),
      microseconds.map((value) => value / 1e6),
    );
    fc.assert(
      fc.property(seconds, (value) => {
        expect(secondsText(value)).toBe(String(roundToMicroseconds(value)));
      }),
      { numRuns: 5000, examples: [[0], [-0], [1e-7], [1e-6], [0.1], [0.001], [1.0001], [999_999.999999]] },
    );
  });
});
