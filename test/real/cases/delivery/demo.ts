import { readSummary, SERIES } from '../../../demo/summary.ts';
import { same, type RealCase } from '../../case.ts';
import { expectCode, runNode } from '../../command.ts';

const SECONDS = '6';

export const demo: RealCase = {
  name: 'demo',
  title: 'holds as many points as the demo delivered, in all five series',
  run: async ({ influx, database }) => {
    const words = ['examples/demo/src/main.ts', '--seconds', SECONDS, '--rate', '80'];
    const ended = await runNode(words, influx.environment(database));
    expectCode(ended, 0);
    const stored: [string, number][] = [];
    for (const series of SERIES) stored.push([series, await influx.count(database, series)]);
    const delivered = readSummary(ended.output).map((counts): [string, number] => [counts.series, counts.delivered]);
    same('points of the series', stored, delivered);
    const empty = stored.filter(([, count]) => count === 0).map(([series]) => series);
    same('series without a point', empty, []);
    return stored.map(([series, count]) => `${series} ${String(count)}`).join(', ');
  },
};
