import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A program of a host. */
export interface ProgramOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
}

/** A program that was started, and what came of it. */
export interface StartedProgram {
  readonly child: ChildProcess;
  /** What it printed, once it ended by itself with 0. It rejects with what it printed else. */
  readonly ended: Promise<string>;
  /** Everything that was printed until now. */
  printed(): string;
}

const DEADLINE_MS = 300_000;
const MAX_TOLD_LENGTH = 2000;

/** Starts a program in an environment that holds nothing of ours but what is given. */
export function startProgram(
  [program, ...parameters]: readonly [string, ...string[]],
  { cwd, env, deadlineMs = DEADLINE_MS }: ProgramOptions,
): StartedProgram {
  const child = spawn(program, parameters, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  const ended = endOf(child, () => text);
  // Who kills it does not wait for its end.
  ended.catch(() => undefined);
  return { child, ended, printed: () => text };
}

/** Runs a program to its end, and returns what it printed. @throws Error where it does not end with 0 by itself */
export function runProgram(command: readonly [string, ...string[]], options: ProgramOptions): Promise<string> {
  return startProgram(command, options).ended;
}

async function endOf(child: ChildProcess, text: () => string): Promise<string> {
  // By its documentation `close` tells these two.
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (code === 0) return text();
  throw new Error(`${child.spawnargs.join(' ')} ended with ${String(code ?? signal)}\n${tailOf(text())}`);
}

function tailOf(text: string): string {
  return text.length > MAX_TOLD_LENGTH ? `…${text.slice(-MAX_TOLD_LENGTH)}` : text;
}
