/**
 * Kills an application with -9 again and again, at each level of durability, and says how old the oldest point was that
 * went with it: `npm run test:kill -- --kills 30 --seed 1`.
 */
import { parseArgs } from 'node:util';
import { runKillLoop } from './support/kill-loop.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
});

for (const durability of ['overflow', 'wal', 'wal+fsync'] as const) {
  const options = { durability, flushingPeriod: 1, killCount: Number(values.kills), seed: Number(values.seed) };
  const { recordedCount, lostCount, oldestLostMs, overwrittenCount } = await runKillLoop(options);
  console.log(
    `${durability}, a flush a second: ${String(recordedCount)} points recorded, ${String(lostCount)} lost in ` +
      `${values.kills} kills, the oldest ${String(Math.max(...oldestLostMs))} ms old, ${String(overwrittenCount)} written over`,
  );
}
