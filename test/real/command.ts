import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FLAGS = ['--conditions=@influx-monitoring/source', '--import', import.meta.resolve('tsx')];
const DEADLINE_MS = 120_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** What a program came to. */
export interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errorOutput: string;
}

/** Runs vitest on a folder or a file. */
export function runVitest(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  deadlineMs: number,
): Promise<Ended> {
  return run([join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...words], environment, ROOT, deadlineMs);
}

/** Runs the command influx-monitoring, in a folder without a configuration file. */
export async function runCommand(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'command-'));
  try {
    return await runNode([join(ROOT, 'packages/cli/src/main.ts'), ...words], environment, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a program of this repository from its sources. */
export function runNode(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  folder = ROOT,
): Promise<Ended> {
  return run([...FLAGS, ...words], environment, folder, DEADLINE_MS);
}

function run(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  folder: string,
  deadlineMs: number,
): Promise<Ended> {
  const options = {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...environment },
    maxBuffer: MAX_OUTPUT_BYTES,
    timeout: deadlineMs,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, words, options, (error, output, errorOutput) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, output, errorOutput });
    });
  });
}

/** @throws where the code is another, with what was printed */
export function expectCode({ code, errorOutput, output }: Ended, expected: number): void {
  if (code === expected) return;
  throw new Error(`expected exit code ${String(expected)}, got ${String(code)}:\n${output}${errorOutput}`);
}
