import { Agent as HttpAgent } from 'node:http';
import type * as Https from 'node:https';

/** The one connection of an adapter to its database, kept open between writes. */
export class Connection {
  readonly agent: HttpAgent | Https.Agent;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor({ ssl }: { readonly ssl: boolean }) {
    this.agent = ssl ? createHttpsAgent() : new HttpAgent(AGENT_OPTIONS);
  }

  /** Notes a write, so that `close` lets it end. */
  track<Result>(write: Promise<Result>): Promise<Result> {
    this.#lastWrite = write;
    return write;
  }

  /** Closes the connection once the write under way has ended; delivery's deadline bounds that. */
  close(): void {
    const destroy = (): void => {
      this.agent.destroy();
    };
    this.#lastWrite.then(destroy, destroy);
  }
}

const AGENT_OPTIONS = { keepAlive: true, maxSockets: 1 } as const;

/** TLS takes a MiB of memory, so it is loaded where it is used. */
function createHttpsAgent(): Https.Agent {
  const { Agent } = process.getBuiltinModule('node:https');
  return new Agent(AGENT_OPTIONS);
}
