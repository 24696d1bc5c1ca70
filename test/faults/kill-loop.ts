/**
 * Kills an application with -9 again and again, at each level of durability, and says how old the oldest point was that
 * went with it: `npm run test:kill -- --kills 30 --seed 1`.
 */
import { readNumbers } from '../support/command-line.ts';
import { runKillLoop } from './support/kill-loop.ts';

const HELP = `npm run test:kill -- [--kills N] [--seed N]

Kills an application with -9 again and again at each level of durability, and tells what was lost and how old it was.
  --kills N   how often at each level (30: some 5 minutes)
  --seed N    of the times between (1)`;

const { kills, seed } = readNumbers(HELP, { kills: 30, seed: 1 });

for (const durability of ['overflow', 'wal', 'wal+fsync'] as const) {
  const options = { durability, flushingPeriod: 1, killCount: kills, seed };
  const { recordedCount, lostCount, oldestLostMs, overwrittenCount } = await runKillLoop(options);
  console.log(
    `${durability}, a flush a second: ${String(recordedCount)} points recorded, ${String(lostCount)} lost in ` +
      `${String(kills)} kills, the oldest ${String(Math.max(...oldestLostMs))} ms old, ${String(overwrittenCount)} written over`,
  );
}
