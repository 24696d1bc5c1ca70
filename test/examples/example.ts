import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../examples/minimal/', import.meta.url));

/** An example that runs. */
export interface RunningExample {
  /** What its first line said, as `listening on 3000`. */
  readonly firstLine: string;
  /** The port that line named; 0 where it named none. */
  readonly port: number;
  /** Ends it as an operator does. @returns its exit code, and what it wrote on its standard error */
  stop(): Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** Starts a file of examples/minimal, as its README says, and waits for its first line. */
export async function startExample(file: string, environment: NodeJS.ProcessEnv): Promise<RunningExample> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@influx-monitoring/source', `src/${file}`], {
    cwd: FOLDER,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const firstLine = await firstLineOf(child, () => stderr);
  return {
    firstLine,
    port: Number(/\d+$/.exec(firstLine)?.[0] ?? 0),
    stop: async () => {
      const ended = once(child, 'close') as Promise<[number | null]>;
      child.kill('SIGTERM');
      const [code] = await ended;
      return { code, stderr };
    },
  };
}

async function firstLineOf(child: ChildProcess, stderr: () => string): Promise<string> {
  if (child.stdout === null) throw new Error('expected a pipe for what the example prints');
  const lines = createInterface({ input: child.stdout });
  return await new Promise((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', (code) => {
      reject(new Error(`the example ended with ${String(code)} before its first line: ${stderr()}`));
    });
  });
}
