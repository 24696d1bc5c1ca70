import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** One of the examples, in a process of its own, as its npm script runs it, or built. */
export class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  readonly #lines: string[] = [];
  readonly #waiting = new Set<() => void>();
  #stderr = '';

  /** @param environment - all that it has, besides PATH */
  constructor(file: string, words: readonly string[], environment: Readonly<Record<string, string>>) {
    const flags = file.endsWith('.ts') ? ['--import', 'tsx', '--conditions=@influx-monitoring/source'] : [];
    const child = spawn(process.execPath, [...flags, file, ...words], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    running.add(child);
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#lines.push(line);
      for (const look of this.#waiting) look();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    this.#ended = once(child, 'close').then(([code]: unknown[]) => {
      running.delete(child);
      for (const look of this.#waiting) look();
      return { code: typeof code === 'number' ? code : null, stdout: this.#lines.join('\n'), stderr: this.#stderr };
    });
  }

  /** The first line that matches, as soon as it is printed. */
  line(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.#lines.map((line) => pattern.exec(line)).find((match) => match !== null);
        if (found !== undefined) resolve(found);
        else if (this.#child.exitCode !== null) reject(new Error(`ended without ${String(pattern)}: ${this.#stderr}`));
        else return;
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  get ended(): Promise<Ended> {
    return this.#ended;
  }
}
