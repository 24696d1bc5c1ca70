import type { HttpError, InfluxDB, Transport } from '@influxdata/influxdb-client';
import type { Batch, Outcome, Wire } from '../batch/outcome.ts';
import { loadInflux2Client } from '../process/load-package.cjs';
import { outcomeOfAnswer, outcomeOfFailure } from './answer.ts';
import { Connection } from './connection.ts';
import { readRefusal } from './refusal.ts';
import type { Influx2Settings } from './settings.ts';

/** Bodies from this many bytes on are sent as gzip. */
const GZIP_THRESHOLD_BYTES = 1024;

/**
 * The client's own time-out reports an error and leaves the socket open (`../shared/research/delivery.md` §1), so it
 * stays out of the way: delivery's deadline comes first, by an AbortSignal that closes the socket.
 */
const CLIENT_TIMEOUT_MS = 24 * 60 * 60 * 1000;

/**
 * Writes to InfluxDB 2.x, and to 3 through the same endpoint, over the official client's transport: one request an
 * attempt, nothing of its buffers and retries, which lose points.
 */
export class Influx2Wire implements Wire {
  readonly client: InfluxDB;
  readonly #connection: Connection;
  readonly #transport: Transport;
  readonly #path: string;
  #isGzipOn = true;

  constructor(settings: Influx2Settings) {
    this.#connection = new Connection(settings);
    this.client = createClient(settings, this.#connection);
    this.#transport = this.client.transport;
    const query = new URLSearchParams({ org: settings.organization, bucket: settings.bucket, precision: 'ns' });
    this.#path = `/api/v2/write?${query.toString()}`;
  }

  write(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    return this.#connection.track(this.#write(batch, signal));
  }

  close(): void {
    this.#connection.close();
  }

  async #write(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    let status = 0;
    try {
      await this.#transport.request(
        this.#path,
        batch.lines,
        {
          method: 'POST',
          headers: { 'content-type': 'text/plain; charset=utf-8' },
          ...(this.#isGzipOn && { gzipThreshold: GZIP_THRESHOLD_BYTES }),
          signal,
        },
        (_headers, statusCode) => {
          status = statusCode ?? 0;
        },
      );
    } catch (error) {
      // The client reads what is JSON by its header; a broken one is an answer all the same.
      if (!(error instanceof SyntaxError)) return this.#outcomeOf(error, batch);
    }
    return outcomeOfAnswer({ status, body: '' }, batch);
  }

  #outcomeOf(error: unknown, batch: Batch): Outcome {
    if (!isHttpError(error)) return outcomeOfFailure(error);
    const { statusCode, body = '' } = error;
    if (this.#isGzipOn && isAboutGzip(statusCode, body)) {
      this.#isGzipOn = false;
      return { kind: 'retry', reason: `HTTP ${String(statusCode)}: gzip is refused; sending plain text from now on` };
    }
    const retryAfter = error.headers?.['retry-after'];
    return outcomeOfAnswer({ status: statusCode, body, retryAfter: firstOf(retryAfter) }, batch);
  }
}

/** Makes a client of InfluxDB 2.x that keeps one connection. */
export function createInflux2Client(settings: Influx2Settings): InfluxDB {
  return createClient(settings, new Connection(settings));
}

function isHttpError(error: unknown): error is HttpError {
  return error instanceof loadInflux2Client().HttpError;
}

function createClient(settings: Influx2Settings, { agent }: Connection): InfluxDB {
  const { InfluxDB } = loadInflux2Client();
  return new InfluxDB({
    url: settings.url,
    token: settings.token,
    timeout: CLIENT_TIMEOUT_MS,
    transportOptions: { agent },
  });
}

function isAboutGzip(status: number, body: string): boolean {
  return status === 415 || (status === 400 && /gzip|content-encoding/i.test(readRefusal(body).sentence));
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
