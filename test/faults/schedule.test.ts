import { expect, it } from 'vitest';
import { isSound, runSchedules, type RunReport } from './support/schedule.ts';

const RUN_COUNT = 20;
const FIRST_SEED = 1;

it('20 random schedules of faults and restarts lose nothing', { timeout: 180_000 }, async () => {
  const seeds = Array.from({ length: RUN_COUNT }, (_value, index) => FIRST_SEED + index);
  const reports: RunReport[] = [];
  await runSchedules(seeds, (report) => reports.push(report));
  expect(reports).toHaveLength(RUN_COUNT);
  expect(reports.filter((report) => !isSound(report))).toEqual([]);
  expect(Math.min(...reports.map(({ recordedCount }) => recordedCount))).toBeGreaterThan(0);
});
