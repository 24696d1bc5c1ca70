import { expect, it } from 'vitest';
import { runKillLoop } from './support/kill-loop.ts';

const KILL_COUNT = 5;
/** How exactly a test knows when a point was recorded, and a busy machine runs its timers, in milliseconds. */
const SLACK_MS = 100;

it('wal loses nothing by kill -9 that was recorded 250 ms before', async () => {
  const report = await runKillLoop({ durability: 'wal', flushingPeriod: 1, killCount: KILL_COUNT, seed: 1 });
  expect(report.recordedCount).toBeGreaterThan(1000);
  expect(report.overwrittenCount).toBe(0);
  expect(Math.max(...report.oldestLostMs)).toBeLessThanOrEqual(250 + SLACK_MS);
});

it('overflow loses nothing by kill -9 that was recorded a flushing period before', async () => {
  const report = await runKillLoop({ durability: 'overflow', flushingPeriod: 0.5, killCount: KILL_COUNT, seed: 2 });
  expect(report.recordedCount).toBeGreaterThan(1000);
  expect(report.overwrittenCount).toBe(0);
  expect(Math.max(...report.oldestLostMs)).toBeLessThanOrEqual(500 + SLACK_MS);
});
