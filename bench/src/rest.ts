import { execFileSync } from 'node:child_process';
import { spread } from './measure.ts';
import type { Topic } from './report.ts';

const MIB = 1024 * 1024;

/** A process of its own for each reading: memory is never given back in full. */
const BARE = '';
/** As CommonJS packages such as Express load them: on Node 24 `import 'node:http'` loads the WebSocket of undici too. */
const HTTP_SERVER =
  "for (const name of ['net', 'crypto', 'zlib']) process.getBuiltinModule(`node:${name}`);" +
  "globalThis.server = process.getBuiltinModule('node:http').createServer();" +
  // A server that listens has loaded Node's cluster.
  "await new Promise((listening) => server.listen(0, '127.0.0.1', listening));";
const MONITORED =
  "const { LunaRequestInfluxMonitoring } = await import('@influx-monitoring/core');" +
  'globalThis.monitoring = new LunaRequestInfluxMonitoring();';
const PRINT = 'globalThis.gc(); process.stdout.write(String(process.memoryUsage().rss), () => process.exit());';

/** Memory of a process that has monitoring and nothing else, over that of a bare one. */
export const rest: Topic = () => {
  const rounds = 15;
  const overBare = Array.from({ length: rounds }, () => (rssOf(MONITORED) - rssOf(BARE)) / MIB);
  const overServer = Array.from({ length: rounds }, () => (rssOf(HTTP_SERVER + MONITORED) - rssOf(HTTP_SERVER)) / MIB);
  return Promise.resolve([
    {
      title:
        'Memory at rest, over a bare process and over one with a node:http server that listens (net, crypto and zlib included)',
      unit: '',
      timings: [],
      figures: [
        { name: 'rest.memory-mib', ...spread(overBare) },
        { name: 'rest.memory-over-an-http-server-mib', ...spread(overServer) },
      ],
    },
  ]);
};

function rssOf(script: string): number {
  const output = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script + PRINT]);
  return Number(output.toString());
}
