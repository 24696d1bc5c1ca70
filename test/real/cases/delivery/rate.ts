import { pause } from '../../../faults/support/load.ts';
import { counted, withLoad, type RealCase } from '../../case.ts';

const POINTS_PER_SECOND = 60_000;
const DURATION_MS = 5000;

export const rate: RealCase = {
  name: 'rate',
  title: 'stores 60,000 points a second for 5 s',
  run: ({ influx, database }) =>
    // Its points wait in memory; what does not fit would be dropped, and counts as lost.
    withLoad({ ...influx.options(database), flushingPeriod: 1 }, async (load) => {
      load.start(POINTS_PER_SECOND);
      await pause(DURATION_MS);
      load.pause();
      const { pending } = load.monitoring.stats();
      const pausedAtMs = performance.now();
      const saw = await load.verify({ influx, database });
      const laterMs = Math.round(performance.now() - pausedAtMs);
      return `${saw} in ${counted(load.requests, 'request')}; ${counted(pending, 'point')} waited at the end, and ${String(laterMs)} ms later none`;
    }),
};
