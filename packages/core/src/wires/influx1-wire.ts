import type { RequestOptions } from 'node:https';
import type { InfluxDB, ISingleHostConfig } from 'influx';
import type { Batch, Outcome, Wire } from '../batch/outcome.ts';
import { loadInflux1Client } from '../process/load-package.cjs';
import { outcomeOfAnswer, outcomeOfFailure } from './answer.ts';
import { Connection } from './connection.ts';
import type { Influx1Settings } from './settings.ts';

/** The client's own time-out watches for silence only; delivery's deadline comes first. */
const CLIENT_TIMEOUT_MS = 24 * 60 * 60 * 1000;

/**
 * Writes to InfluxDB 1.x over the `influx` client: one request an attempt.
 *
 * What the client cannot do by itself is guarded from outside, with its public options only:
 * - it has no deadline for a write: each request's options carry the signal of the attempt (see `RequestSignal`);
 * - it puts a host that failed aside, and fails other writes unsent: the backoff is 0 and there are no retries;
 * - it hides the status of a 5xx and drops its body: they are all the same to delivery, but for a Retry-After.
 */
export class Influx1Wire implements Wire {
  readonly client: InfluxDB;
  readonly #signal = new RequestSignal();
  readonly #connection: Connection;

  constructor(settings: Influx1Settings) {
    this.#connection = new Connection(settings);
    this.client = createClient(settings, this.#connection, this.#signal);
  }

  write(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    return this.#connection.track(this.#write(batch, signal));
  }

  close(): void {
    this.#connection.close();
  }

  async #write(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    // The client writes a measurement as it is: a whole block of lines goes out as one.
    const point = { measurement: batch.lines, fields: {} };
    this.#signal.current = signal;
    try {
      await settledOrAborted(this.client.writePoints([point], { precision: 'n' }), signal);
      return { kind: 'delivered' };
    } catch (error) {
      const answer = answerIn(error);
      return answer === undefined ? outcomeOfFailure(error) : outcomeOfAnswer(answer, batch);
    }
  }
}

/** Makes a client of InfluxDB 1.x that keeps one connection. */
export function createInflux1Client(settings: Influx1Settings): InfluxDB {
  return createClient(settings, new Connection(settings), new RequestSignal());
}

/** What the client puts before a body. */
const CLIENT_PREFIX = /^A \d+ .*? error occurred: /;

/** The signal of the attempt under way: the client reads the options of a host anew for each request. */
class RequestSignal {
  current: AbortSignal | undefined;
}

function createClient(settings: Influx1Settings, { agent }: Connection, signal: RequestSignal): InfluxDB {
  const options: RequestOptions = {
    agent,
    get signal() {
      return signal.current;
    },
  };
  const config: ISingleHostConfig = {
    host: settings.host.includes(':') ? `[${settings.host}]` : settings.host,
    port: settings.port,
    protocol: settings.ssl ? 'https' : 'http',
    database: settings.dbName,
    options,
    pool: { maxRetries: 0, requestTimeout: CLIENT_TIMEOUT_MS, backoff: NO_BACKOFF },
  };
  // What is missing the client makes `root`. A name of null switches that off, though its types know only text.
  const username = settings.username ?? (null as unknown as string);
  const { InfluxDB } = loadInflux1Client();
  return new InfluxDB({ ...config, username, password: settings.password ?? '' });
}

/** Never puts the host aside: delivery decides when to try again. */
const NO_BACKOFF = {
  getDelay: () => 0,
  next: () => NO_BACKOFF,
  reset: () => NO_BACKOFF,
};

/** After a 5xx that is cut in its body the client never settles; the signal ends the wait for it. */
async function settledOrAborted(write: Promise<void>, signal: AbortSignal): Promise<void> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      reject(new Error('no complete answer within the deadline'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([write, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    write.catch(() => undefined);
  }
}

/** The answer in a `RequestError` of the client; its class is not exported. */
function answerIn(error: unknown): { status: number; body: string; retryAfter: string | undefined } | undefined {
  if (!(error instanceof Error) || !('res' in error)) return undefined;
  // The client documents `res` as Node's IncomingMessage, and `message` as the body.
  const { statusCode, headers } = error.res as { statusCode?: number; headers: Record<string, string | undefined> };
  return statusCode === undefined
    ? undefined
    : { status: statusCode, body: error.message.replace(CLIENT_PREFIX, ''), retryAfter: headers['retry-after'] };
}
