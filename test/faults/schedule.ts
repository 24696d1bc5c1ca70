/**
 * Random schedules of faults, from seeds: `npm run test:faults -- --runs 200 --seed 1`. A run that loses a point ends
 * it; `--runs 1 --seed N` does that run again.
 */
import { readNumbers } from '../support/command-line.ts';
import { isSound, runSchedules } from './support/schedule.ts';

const HELP = `npm run test:faults -- [--runs N] [--seed N]

Random schedules of faults and restarts before InfluxDB 1.6 and the strict servers of 1.8, 2.7 and 3: each point must be
there once, and nothing refused but what has to be.
  --runs N   how many schedules (200: some 7 minutes)
  --seed N   the first one's seed (1); --runs 1 --seed N repeats one`;

const { runs, seed: firstSeed } = readNumbers(HELP, { runs: 200, seed: 1 });
const seeds = Array.from({ length: runs }, (_value, index) => firstSeed + index);
let pointCount = 0;
let soundCount = 0;

await runSchedules(seeds, (report) => {
  pointCount += report.recordedCount;
  if (isSound(report)) soundCount += 1;
  const { seed, database, durability, recordedCount, tookMs, steps } = report;
  const verdict = isSound(report) ? 'all there' : `LOST OR TWICE ${JSON.stringify(report)}`;
  console.log(
    `${String(seed)}: InfluxDB ${database}, ${durability}, ${String(recordedCount)} points, ` +
      `${(tookMs / 1000).toFixed(1)} s, ${verdict} (${steps.join('; ')})`,
  );
});
console.log(`${String(soundCount)} of ${String(seeds.length)} runs sound, ${String(pointCount)} points`);
process.exitCode = soundCount === seeds.length ? 0 : 1;
