import { pause } from '../../../faults/support/load.ts';
import { withLoad, type RealCase } from '../../case.ts';

const POINTS_PER_SECOND = 2000;
const FAILURES = 3;
const AWAY_MS = 1000;

export const databaseGone: RealCase = {
  name: 'database-gone',
  title: 'keeps all points since the database or bucket was deleted, until it is made again',
  run: async ({ influx, database }) => {
    await influx.dropDatabase(database);
    return withLoad(influx.options(database), async (load) => {
      load.start(POINTS_PER_SECOND);
      // InfluxDB 3 makes a database that is written to.
      if (influx.version === 3) await pause(AWAY_MS);
      else {
        await load.failures(FAILURES);
        const reason = String(load.monitoring.stats().lastError);
        if (!/404/.test(reason)) throw new Error(`expected a 404, got ${reason}`);
        await influx.createDatabase(database);
      }
      const saw = await load.verify({ influx, database });
      return influx.version === 3 ? `${saw}, in a database that the writes made` : `${saw}; ${load.said()}`;
    });
  },
};
