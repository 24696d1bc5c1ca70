import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import type { CapturedRun } from './captured-terminal.ts';

const SOURCE = join(import.meta.dirname, '../../src/main.ts');
const NODE_ARGUMENTS = ['--conditions=@influx-monitoring/source', '--import', import.meta.resolve('tsx'), SOURCE];

/** Runs the command as a process of its own, for what only a process has: NODE_EXTRA_CA_CERTS, signals, exit codes. */
export function spawnCommand(
  commandArguments: readonly string[],
  place: { readonly environment?: Readonly<Record<string, string>>; readonly folder: string },
): { readonly done: Promise<CapturedRun>; kill(signal: NodeJS.Signals): void } {
  const child = spawn(process.execPath, [...NODE_ARGUMENTS, ...commandArguments], {
    cwd: place.folder,
    env: { PATH: process.env['PATH'], ...place.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const done = Promise.all([closed, text(child.stdout), text(child.stderr)]).then(([code, output, errorOutput]) => ({
    // A process that was killed has none, which no test expects.
    exitCode: code as CapturedRun['exitCode'],
    output,
    errorOutput,
  }));
  return {
    done,
    kill: (signal) => {
      child.kill(signal);
    },
  };
}
