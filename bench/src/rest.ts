import { execFileSync } from 'node:child_process';
import { spread } from './measure.ts';
import type { Topic } from './report.ts';

const MIB = 1024 * 1024;

/** A process of its own for each reading: memory is never given back in full. */
const BARE = 'globalThis.gc();';
const MONITORED =
  "const { createMonitoring } = await import('@influx-monitoring/core');" +
  'globalThis.monitoring = createMonitoring({ logger: { info() {}, warn() {}, error() {} } }, { environment: {} });' +
  'globalThis.gc();';
const PRINT = 'process.stdout.write(String(process.memoryUsage().rss));';

/** Memory of a process that has monitoring and nothing else, over that of a bare one. */
export const rest: Topic = ({ isShort }) => {
  const growth = Array.from({ length: isShort ? 5 : 15 }, () => (rssOf(MONITORED) - rssOf(BARE)) / MIB);
  return Promise.resolve([
    {
      title: 'Memory at rest, over a bare process',
      unit: '',
      timings: [],
      figures: [{ name: 'rest.memory-mib', ...spread(growth) }],
    },
  ]);
};

function rssOf(script: string): number {
  const output = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script + PRINT]);
  return Number(output.toString());
}
