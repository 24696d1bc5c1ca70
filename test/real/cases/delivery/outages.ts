import { pause } from '../../../faults/support/load.ts';
import { withLoad, type CaseContext, type RealCase } from '../../case.ts';

/** Before anything happens to the server. */
const FIRST_POINTS = 1000;
const POINTS_PER_SECOND = 3000;
const HANG_MS = 8000;
const DOWN_MS = 1000;

/** A load before, through and after something that is done to the server. */
function throughout({ influx, database }: CaseContext, trouble: () => Promise<void>): Promise<string> {
  return withLoad(influx.options(database), async (load) => {
    load.add(FIRST_POINTS);
    load.start(POINTS_PER_SECOND);
    await load.monitoring.flush();
    await trouble();
    await pause(DOWN_MS);
    const saw = await load.verify({ influx, database });
    return `${saw}; ${load.said()}`;
  });
}

export const killed: RealCase = {
  name: 'kill',
  title: 'loses nothing when the server is killed with -9 and started again',
  run: (context) =>
    throughout(context, async () => {
      await context.influx.kill();
      await pause(DOWN_MS);
      await context.influx.restart();
    }),
};

export const updated: RealCase = {
  name: 'sigterm',
  title: 'loses nothing when the server ends by SIGTERM and is started again',
  run: (context) =>
    throughout(context, async () => {
      await context.influx.end();
      await pause(DOWN_MS);
      await context.influx.restart();
    }),
};

export const hanging: RealCase = {
  name: 'hang',
  title: 'loses nothing when the server hangs for 8 s (SIGSTOP)',
  run: (context) =>
    throughout(context, async () => {
      context.influx.suspend();
      await pause(HANG_MS);
      context.influx.resume();
    }),
};
