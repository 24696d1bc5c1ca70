import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MARK_INTERVAL_MS, RecentRate } from '../../src/ledger/recent-rate.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it('is not known in the first second', () => {
  const rate = new RecentRate();
  vi.advanceTimersByTime(999);
  expect(rate.perSecond(500)).toBeUndefined();
  vi.advanceTimersByTime(1);
  expect(rate.perSecond(500)).toBe(500);
});

it('is that of the last minute at most, however long it was another', () => {
  const rate = new RecentRate();
  let count = 0;
  for (let second = 0; second < 600; second += 1) {
    vi.advanceTimersByTime(1000);
    count += 10;
    rate.note(count);
  }
  expect(rate.perSecond(count)).toBeCloseTo(10);
  for (let second = 0; second < (2 * MARK_INTERVAL_MS) / 1000; second += 1) {
    vi.advanceTimersByTime(1000);
    count += 700;
    rate.note(count);
  }
  expect(rate.perSecond(count)).toBeCloseTo(700);
});
