import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { spread } from './measure.ts';
import type { OutageFigures } from './outage-child.ts';
import type { Topic } from './report.ts';

const CHILD = fileURLToPath(new URL('outage-child.js', import.meta.url));

/** Memory, event-loop delay and CPU while the database is away, at 20,000 points a second. */
export const outage: Topic = async () => {
  const seconds = 60;
  const child = fork(CHILD, [String(seconds)], { execArgv: ['--expose-gc'] });
  const [figures] = (await once(child, 'message')) as [OutageFigures];
  return [
    {
      title: `A database outage of ${String(seconds)} s at 20,000 points a second`,
      unit: '',
      timings: [],
      figures: [
        { name: 'outage.memory-growth-mib', ...spread([figures.growthMiB]) },
        { name: 'outage.event-loop-delay-p99-ms', ...spread([figures.delayP99Ms]) },
        { name: 'outage.cpu-us-a-point', ...spread([figures.cpuUsPerPoint]) },
      ],
    },
  ];
};
