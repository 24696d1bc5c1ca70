/**
 * Random schedules of faults, from seeds: `npm run test:faults -- --runs 200 --seed 1`. A run that loses a point ends
 * it; `--runs 1 --seed N` does that run again.
 */
import { parseArgs } from 'node:util';
import { isSound, runSchedules } from './support/schedule.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const firstSeed = Number(values.seed);
const seeds = Array.from({ length: Number(values.runs) }, (_value, index) => firstSeed + index);
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
