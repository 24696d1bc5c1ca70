import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How to run a server. */
export interface ServerCommand {
  readonly program: string;
  /** The arguments, given the server's folder. */
  readonly arguments: (folder: string) => readonly string[];
  /** Resolves true once the server answers; called again and again until then. */
  readonly isReady: () => Promise<boolean>;
}

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 10_000;
const PROBE_EVERY_MS = 25;
const MAX_OUTPUT_LENGTH = 4000;

/** Folders and processes of servers that still run, for the end of the test process. */
const running = new Set<ServerProcess>();
process.on('exit', () => {
  for (const server of running) server.killNow();
});

/** A real server in a process and a temporary folder of its own. It is stopped by its pid. */
export class ServerProcess {
  readonly folder: string;
  readonly #command: ServerCommand;
  #child: ChildProcess | undefined;
  #output = '';

  constructor(command: ServerCommand) {
    this.#command = command;
    this.folder = mkdtempSync(join(tmpdir(), `${command.program}-`));
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.#command.program} does not run`);
    return pid;
  }

  /** Starts the server and waits until it answers. */
  async start(): Promise<void> {
    const { program } = this.#command;
    const child = spawn(program, this.#command.arguments(this.folder), {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#output = '';
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-MAX_OUTPUT_LENGTH);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => {
      keep(Buffer.from(error.message));
    });
    running.add(this);
    await this.#untilReady(child);
  }

  /** Ends the server and removes its folder. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    running.delete(this);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Ends the server as a crash would; its folder stays. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Starts the server again in its folder, after `kill` or after ending it. */
  async restart(): Promise<void> {
    await this.#end('SIGTERM');
    await this.start();
  }

  /** Stops the server's clock, so to speak: it holds its port and answers nothing. */
  suspend(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** For the end of the process that started it. */
  killNow(): void {
    this.#child?.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const { program, isReady } = this.#command;
    const deadline = performance.now() + START_DEADLINE_MS;
    // A server has no way to tell that it is ready but to answer.
    while (!(await isReady().catch(() => false))) {
      if (child.exitCode !== null || child.pid === undefined) {
        throw new Error(`${program} ended while starting:\n${this.#output}`);
      }
      if (performance.now() > deadline) throw new Error(`${program} did not get ready in 30 s:\n${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
    }
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    // A suspended process hears nothing but SIGKILL until it goes on.
    child.kill('SIGCONT');
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await exited;
    clearTimeout(late);
  }
}
