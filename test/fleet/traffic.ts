import { Agent, get } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

/** A request that was answered in full. */
export interface Answered {
  readonly id: string;
  /** The process that answered. */
  readonly pid: number;
  /** When the answer was here, in milliseconds since the epoch. */
  readonly atMs: number;
}

const CLIENT_COUNT = 8;
const PAUSE_MS = 5;
/** One in so many requests is the last of its connection, so that a process that is new gets some. */
const CLOSE_EVERY = 16;
/** One in so many requests takes half a second, so that some are open whenever a process ends. */
const SLOW_EVERY = 40;

/** A connection that was on its way to a process as that was killed stays with the primary of node:cluster for ever. */
const TIMEOUT_MS = 5000;

/** Clients that keep their connections alive, each with one request at a time, and ids that no other request has. */
export class Traffic {
  readonly answered: Answered[] = [];
  /** Requests that failed before their answer was here: a point of them may be stored, or not. */
  readonly unanswered: string[] = [];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CLIENT_COUNT });
  readonly #url: string;
  readonly #clients: Promise<void>[];
  #count = 0;
  #isStopped = false;

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${String(port)}`;
    this.#clients = Array.from({ length: CLIENT_COUNT }, () => this.#run());
  }

  /** Waits until a process has answered that is none of those known. @returns its id */
  async newPid(known: ReadonlySet<number>, deadlineMs: number): Promise<number> {
    let from = this.answered.length;
    while (performance.now() < deadlineMs) {
      const found = this.answered.slice(from).find(({ pid }) => !known.has(pid));
      if (found !== undefined) return found.pid;
      from = this.answered.length;
      await setTimeout(PAUSE_MS);
    }
    throw new Error('expected an answer of a process that was started anew, got none in time');
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.#count += 1;
      const id = `fleet-${String(this.#count)}`;
      try {
        const path = this.#count % SLOW_EVERY === 0 ? '/report' : '/version';
        const pid = await this.#ask(path, id, this.#count % CLOSE_EVERY === 0);
        this.answered.push({ id, pid, atMs: Date.now() });
      } catch {
        this.unanswered.push(id);
      }
      await setTimeout(PAUSE_MS);
    }
  }

  #ask(path: string, id: string, isLast: boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      const headers = { 'luna-request-id': id, connection: isLast ? 'close' : 'keep-alive' };
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      get(`${this.#url}${path}`, { agent: this.#agent, headers, signal }, (response) => {
        // The service's own answer: examples/processes/src/main.ts.
        (json(response) as Promise<{ pid: number }>).then(({ pid }) => {
          resolve(pid);
        }, reject);
      }).on('error', reject);
    });
  }
}
