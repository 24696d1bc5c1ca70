import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitToPixels } from '../../../client/charts/buckets.ts';

const value = fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 1000 }));

/** The least and the greatest value of each bucket; nothing where it has none. */
function extremesOf(line: readonly (number | null | undefined)[], size: number): string[] {
  const starts = Array.from({ length: Math.ceil(line.length / size) }, (_unused, index) => index * size);
  return starts.map((start) => {
    const known = line.slice(start, start + size).filter((each) => each != null);
    return known.length === 0 ? 'none' : `${String(Math.min(...known))} to ${String(Math.max(...known))}`;
  });
}

describe('fitToPixels', () => {
  it('leaves seconds as they are where each has a pixel', () => {
    const columns = { seconds: [5, 6, 7], values: [[1, null, 3]] };
    expect(fitToPixels(columns, 3)).toEqual([
      [5, 6, 7],
      [1, null, 3],
    ]);
  });

  it('keeps the least and the greatest value of each bucket, in the order in which they came', () => {
    const values = [[1, 9, 2, 3, 8, 0, 5, 5]];
    expect(fitToPixels({ seconds: [0, 1, 2, 3, 4, 5, 6, 7], values }, 4)).toEqual([
      [0, 2, 4, 6],
      [1, 9, 8, 0],
    ]);
  });

  it('has at most as many points as pixels, and loses no peak and no gap, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 900, size: 'max' }),
        fc.integer({ min: 50, max: 400 }),
        (rows, pixels) => {
          const lines = [rows.map(([first]) => first), rows.map(([, second]) => second)];
          const seconds = rows.map((_row, index) => 1000 + index);
          const [times = [], ...fitted] = fitToPixels({ seconds, values: lines }, pixels);
          expect(times.length).toBeLessThanOrEqual(pixels);
          const size = rows.length <= pixels ? 1 : Math.ceil(rows.length / Math.floor(pixels / 2));
          lines.forEach((line, index) => {
            // Each point at its second, and nothing between.
            const drawn: (number | null | undefined)[] = Array.from({ length: rows.length });
            times.forEach((second, at) => (drawn[second - 1000] = fitted[index]?.[at]));
            expect(extremesOf(drawn, size)).toEqual(extremesOf(line, size));
          });
        },
      ),
    );
  });
});
