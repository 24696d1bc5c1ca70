import { describe, expect, it } from 'vitest';
import { bytesText, durationText, pointsText } from '../../src/ledger/amount-text.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

describe('an amount in words', () => {
  it.each([
    [0, 'less than 1 s'],
    [1000, '1 s'],
    [12.4 * SECOND_MS, '12 s'],
    [99 * SECOND_MS, '99 s'],
    [100 * SECOND_MS, '2 minutes'],
    [11 * MINUTE_MS, '11 minutes'],
    [100 * MINUTE_MS, '2 hours'],
    [47 * HOUR_MS, '47 hours'],
    [96 * HOUR_MS, '4 days'],
  ])('a time of %d ms is %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it.each([
    [16 * 1024, '16 KiB'],
    [1.5 * 1024 ** 2, '1.5 MiB'],
    [32 * 1024 ** 2, '32 MiB'],
    [1024 ** 3, '1 GiB'],
  ])('a size of %d bytes is %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it('one point is not several', () => {
    expect([0, 1, 2].map(pointsText)).toEqual(['0 points', '1 point', '2 points']);
  });
});
