import type { Host } from './host.ts';
import { runProgram } from './program.ts';
import { REQUESTS_A_SERVICE, Trial } from './trial.ts';

const BUN = '1.4.5';
const DENO = '2.9.6';

/** Several processes and threads, and what runs JavaScript beside Node. */
export const PROCESSES: readonly Host[] = [
  program('cluster', 'node:cluster', [[process.execPath, 'cluster.cjs']], {}, 3),
  program('worker-threads', 'node:worker_threads', [[process.execPath, 'threads.cjs']], {}, 3),
  program(
    'bun',
    `Bun ${BUN}`,
    ['service.mjs', 'service.cjs'].map((file) => ['node_modules/.bin/bun', file]),
    { bun: BUN },
  ),
  program(
    'deno',
    `Deno ${DENO}`,
    ['service.mjs', 'service.cjs'].map((file) => ['node_modules/.bin/deno', 'run', '--allow-all', file]),
    { deno: DENO },
  ),
];

function program(
  name: string,
  title: string,
  commands: readonly (readonly [string, ...string[]])[],
  dependencies: Readonly<Record<string, string>>,
  services = 1,
): Host {
  return {
    name,
    title,
    dependencies,
    run: async ({ folder }) => {
      for (const command of commands) {
        await using trial = await Trial.start();
        await runProgram(command, { cwd: folder, env: trial.env });
        trial.check(services * REQUESTS_A_SERVICE);
      }
      return services > 1
        ? `the service in ${String(services)} at once, one database`
        : 'from import and from require: requests, errors, the live page';
    },
  };
}
