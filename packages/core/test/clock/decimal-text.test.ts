import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundToMicroseconds } from '@influx-monitoring/core';
import { DurationText, THREE_DIGITS } from '../../src/clock/decimal-text.ts';

describe('DurationText', () => {
  it('writes what String writes of the rounded number, between what it was given', () => {
    const text = new DurationText('a=', ' b');
    const microseconds = fc.oneof(fc.integer({ min: 0, max: 2_000_000 }), fc.integer());
    const seconds = fc.oneof(
      fc.double(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      microseconds.map((value) => value / 1e6),
    );
    const edges = [
      0,
      -0,
      1e-7,
      4.9e-7,
      5e-7,
      1e-6,
      0.1,
      0.001,
      0.999999,
      0.9999996,
      1,
      1.0001,
      1e6,
      -1.5,
      NaN,
      Infinity,
    ];
    fc.assert(
      fc.property(seconds, (value) => {
        expect(text.write(value)).toBe(`a=${String(roundToMicroseconds(value))} b`);
      }),
      { numRuns: 5000, examples: edges.map((value): [number] => [value]) },
    );
  });
});

describe('THREE_DIGITS', () => {
  it('are the numbers below a thousand', () => {
    expect([0, 7, 42, 999].map((value) => THREE_DIGITS[value])).toEqual(['000', '007', '042', '999']);
    expect(THREE_DIGITS).toHaveLength(1000);
  });
});
