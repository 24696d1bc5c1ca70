import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CapturedRun } from './captured-terminal.ts';

const SOURCE = join(import.meta.dirname, '../../src/main.ts');
const NODE_ARGUMENTS = ['--conditions=@influx-monitoring/source', '--import', import.meta.resolve('tsx'), SOURCE];

/** Runs the command as a process of its own, for what only a process has: NODE_EXTRA_CA_CERTS, signals, exit codes. */
export function spawnCommand(
  commandArguments: readonly string[],
  place: { readonly environment?: Readonly<Record<string, string>>; readonly folder: string },
): {
  readonly done: Promise<CapturedRun>;
  kill(signal: NodeJS.Signals): void;
  /** Waits until its standard error has a text. */
  said(words: string): Promise<void>;
  /** Leaves its standard output, as `head` does. */
  closeOutput(): void;
} {
  const child = spawn(process.execPath, [...NODE_ARGUMENTS, ...commandArguments], {
    cwd: place.folder,
    env: { PATH: process.env['PATH'], ...place.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A test that fails before its end must not leave it running.
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let output = '';
  let errorOutput = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errorOutput += chunk.toString()));
  const done = new Promise<CapturedRun>((resolve) => {
    child.once('close', (code) => {
      // A process that was killed has none, which no test expects.
      resolve({ exitCode: code as CapturedRun['exitCode'], output, errorOutput });
    });
  });
  return {
    done,
    kill: (signal) => {
      child.kill(signal);
    },
    said: async (words) => {
      while (!errorOutput.includes(words)) await once(child.stderr, 'data');
    },
    closeOutput: () => {
      child.stdout.destroy();
    },
  };
}
