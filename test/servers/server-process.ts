import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** How to run a server. */
export interface ServerCommand {
  readonly program: string;
  /** The arguments, given the server's folder. */
  readonly arguments: (folder: string) => readonly string[];
  /**
   * Resolves true once this server answers, and not another that has taken its port; called again and again until then.
   * The signal ends a probe that gets no answer.
   */
  readonly isReady: (about: { readonly folder: string; readonly pid: number; signal: AbortSignal }) => Promise<boolean>;
}

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 10_000;
const SUSPEND_DEADLINE_MS = 10_000;
const PROBE_EVERY_MS = 25;
const PROBE_DEADLINE_MS = 2000;
const MAX_OUTPUT_LENGTH = 4000;
const MAX_STARTS = 5;

/** From util-linux, on every Debian: the kernel ends the server with us, even where we end by SIGKILL. */
const SETPRIV = '/usr/bin/setpriv';

/** Folders and processes of servers that still run, for the end of the test process. */
const running = new Set<ServerProcess>();
process.on('exit', () => {
  for (const server of running) server.killNow();
});

/** Another program has taken the port between our asking for a free one and the server's listening. */
class PortTakenError extends Error {}

/**
 * Starts a server; where another program took its port in the meantime, again with others.
 *
 * @param commandOf makes the command; called for each attempt, so that it can take new ports
 */
export async function startServer<Details>(
  commandOf: () => Promise<{ readonly command: ServerCommand; readonly details: Details }>,
): Promise<{ readonly server: ServerProcess; readonly details: Details }> {
  for (let attempt = 1; ; attempt += 1) {
    const { command, details } = await commandOf();
    const server = new ServerProcess(command);
    try {
      await server.start();
      return { server, details };
    } catch (error) {
      await server.stop();
      if (!(error instanceof PortTakenError) || attempt === MAX_STARTS) throw error;
    }
  }
}

/** A real server in a process and a temporary folder of its own. It is stopped by its pid. */
export class ServerProcess {
  readonly folder: string;
  readonly #command: ServerCommand;
  #child: ChildProcess | undefined;
  #output = '';

  constructor(command: ServerCommand) {
    this.#command = command;
    this.folder = mkdtempSync(join(tmpdir(), `${basename(command.program)}-`));
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.#command.program} does not run`);
    return pid;
  }

  /** The last of what the server printed, for a message. */
  get output(): string {
    return this.#output;
  }

  /** Starts the server and waits until it answers. */
  async start(): Promise<void> {
    const [program, ...words] = wordsOf(this.#command.program, this.#command.arguments(this.folder));
    const child = spawn(program, words, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
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
    try {
      await this.#untilReady(child);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Ends the server and removes its folder. Once more does nothing. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    running.delete(this);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Ends the server as a crash would; its folder stays. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends the server as an update does; its folder stays. */
  async end(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Starts the server again in its folder, after `kill` or after ending it. */
  async restart(): Promise<void> {
    await this.#end('SIGTERM');
    await this.start();
  }

  /** Stops the server's clock, so to speak: it holds its port and answers nothing. */
  suspend(): void {
    const { pid } = this;
    process.kill(pid, 'SIGSTOP');
    // Each thread stops at its next step: until all have, a request could still be answered.
    const deadlineMs = performance.now() + SUSPEND_DEADLINE_MS;
    while (!isSuspended(pid)) {
      if (performance.now() > deadlineMs) throw new Error(`process ${String(pid)} did not stop in 10 s`);
    }
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
    const { program } = this.#command;
    const deadline = performance.now() + START_DEADLINE_MS;
    // A server has no way to tell that it is ready but to answer.
    while (!(await this.#isReady(child))) {
      if (hasEnded(child)) throw await this.#failure(child);
      if (performance.now() > deadline) throw new Error(`${program} did not get ready in 30 s:\n${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
    }
  }

  #isReady({ pid }: ChildProcess): Promise<boolean> {
    if (pid === undefined) return Promise.resolve(false);
    const signal = AbortSignal.timeout(PROBE_DEADLINE_MS);
    return this.#command.isReady({ folder: this.folder, pid, signal }).catch(() => false);
  }

  async #failure(child: ChildProcess): Promise<Error> {
    // Its last words may still be in the pipe.
    if (child.pid !== undefined && child.stderr?.closed === false) await once(child, 'close');
    const message = `${this.#command.program} ended while starting:\n${this.#output}`;
    return /address already in use/i.test(this.#output) ? new PortTakenError(message) : new Error(message);
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || hasEnded(child)) return;
    const exited = once(child, 'exit');
    // A suspended process hears nothing but SIGKILL until it goes on.
    child.kill('SIGCONT');
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await exited;
    clearTimeout(late);
  }
}

function isSuspended(pid: number): boolean {
  const tasks = `/proc/${String(pid)}/task`;
  try {
    return readdirSync(tasks).every((task) => {
      const status = readFileSync(`${tasks}/${task}/stat`, 'utf8');
      // Behind the name, which stands in parentheses and may hold some.
      return status.slice(status.lastIndexOf(')') + 2).startsWith('T');
    });
  } catch {
    // A thread ended while it was looked at.
    return false;
  }
}

function wordsOf(program: string, words: readonly string[]): [string, ...string[]] {
  return existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', program, ...words] : [program, ...words];
}

function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}
