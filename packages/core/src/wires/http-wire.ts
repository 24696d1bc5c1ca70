import type { OutgoingHttpHeaders } from 'node:http';
import { batchOfText } from '../batch/batch.ts';
import type { Batch, Outcome, RefusedLine, Wire } from '../batch/outcome.ts';
import { rememberCredential } from '../process/outside-text.ts';
import { outcomeOfAnswer, outcomeOfFailure, type ReadAnswer } from './answers/outcome-of-answer.ts';
import { runInSlices } from './answers/slices.ts';
import { HttpConnection } from './http/connection.ts';
import { exchange } from './http/exchange.ts';
import { GzipChoice, isPerhapsAboutGzip } from './http/gzip.ts';
import type { InfluxAddress } from './settings.ts';

/** What a version of InfluxDB wants of a write. */
export interface WriteEndpoint {
  /** With its query, without the prefix of the address. */
  readonly path: string;
  /** The header `authorization`, if any. */
  readonly authorization: string | undefined;
  /** What no message may show: user, password, token. */
  readonly credentials: readonly (string | undefined)[];
  /** What the reason of an answer says of the settings, if anything. */
  readonly hintOf?: (reason: string) => string | undefined;
}

/** How much of an answer is read: InfluxDB 1.x quotes each bad line, and all of a batch may be bad. */
const ANSWER_BYTES = 64 * 1024;
const ANSWER_BYTES_PER_LINE = 256;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** How an answer of `write` came about. */
interface Written extends ReadAnswer {
  readonly status: number;
  readonly isPacked: boolean;
}

/** Writes to an InfluxDB by HTTP: one request an attempt, or a second one where that tells what the first one left open. */
export class HttpWire implements Wire {
  readonly target: string;
  readonly #connection: HttpConnection;
  readonly #headers: OutgoingHttpHeaders;
  readonly #path: string;
  readonly #gzip = new GzipChoice();
  readonly #hintOf: WriteEndpoint['hintOf'];
  #hint: string | undefined;

  /** @throws MonitoringError `ERR_OPTION_TYPE` where a file of TLS cannot be read */
  constructor(
    address: InfluxAddress & { readonly url: string },
    { path, authorization, credentials, hintOf }: WriteEndpoint,
  ) {
    this.target = `InfluxDB ${address.url}`;
    this.#connection = new HttpConnection(address);
    this.#path = path;
    this.#hintOf = hintOf;
    this.#headers = {
      'content-type': 'text/plain; charset=utf-8',
      ...(authorization !== undefined && { authorization }),
    };
    for (const credential of [...credentials, authorization?.replace(/^\w+ /, '')]) rememberCredential(credential);
  }

  get hint(): string | undefined {
    return this.#hint;
  }

  async write(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    try {
      const outcome = await this.#write(batch, signal);
      if (outcome.kind !== 'delivered') this.#hint ??= this.#hintOf?.(outcome.reason);
      if (outcome.kind === 'retry') this.#connection.renew();
      return outcome;
    } catch (error) {
      this.#connection.renew();
      return outcomeOfFailure(error);
    }
  }

  probe(signal: AbortSignal): Promise<boolean> {
    return this.#connection.probe(signal);
  }

  close(): void {
    this.#connection.close();
  }

  async #write(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    const first = await this.#send(batch, signal, true);
    if (!first.isPacked || !isPerhapsAboutGzip(first.outcome, first.status)) return this.#settle(first, batch, signal);
    const second = await this.#send(batch, signal, false);
    this.#gzip.noteUnpacked(second.outcome);
    return this.#settle(second, batch, signal);
  }

  /** Lines that an answer may mean are sent alone: where all of them are refused, they are the ones. */
  async #settle({ outcome, supposed }: Written, batch: Batch, signal: AbortSignal): Promise<Outcome> {
    if (supposed === undefined || outcome.kind !== 'refused') return outcome;
    const lines = batch.lines.split('\n');
    const alone = batchOfText(supposed.map((index) => lines[index] ?? '').join('\n'));
    const second = await this.#send(alone, signal, true);
    if (second.outcome.kind !== 'refused' || second.outcome.refusedLines?.length !== supposed.length) return outcome;
    const { reason } = second.outcome;
    const refusedLines = supposed.map((index): RefusedLine => ({ index, reason }));
    return { kind: 'refused', reason, refusedLines };
  }

  async #send(batch: Batch, signal: AbortSignal, isPacking: boolean): Promise<Written> {
    const { bytes, isPacked } = isPacking
      ? await this.#gzip.pack(batch.bytes)
      : { bytes: batch.bytes, isPacked: false };
    const answer = await exchange(this.#connection, {
      body: bytes,
      headers: { ...this.#headers, ...(isPacked && { 'content-encoding': 'gzip' }) },
      maxAnswerBytes: Math.min(ANSWER_BYTES + ANSWER_BYTES_PER_LINE * batch.lineCount, MAX_ANSWER_BYTES),
      method: 'POST',
      path: this.#path,
      signal,
    });
    const read = await runInSlices(outcomeOfAnswer(answer, batch));
    return { ...read, status: answer.status, isPacked };
  }
}
