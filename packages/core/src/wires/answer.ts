import type { Batch, Outcome } from '../batch/outcome.ts';
import { outcomeOfRefusal, readRefusal } from './refusal.ts';

/** What a database, or a proxy before it, said to a write. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** The header Retry-After: seconds or an HTTP date. */
  readonly retryAfter?: string | undefined;
}

/** How much of an answer is read: InfluxDB 1.x echoes each bad line, and a batch of 1 MiB may be all bad. */
const MAX_READ_LENGTH = 8 * 1024 * 1024;

/** How much of an answer is told on. */
const MAX_REASON_LENGTH = 300;

/** The data is good; someone has to change the server, its address or our credentials. */
const OPERATOR_STATUSES: ReadonlySet<number> = new Set([
  401, 402, 403, 404, 405, 407, 410, 421, 426, 431, 451, 501, 505,
]);

/** The data is good; time heals it. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 499]);

/**
 * What an answer of InfluxDB 1.6, 1.8, 2.7, 3 or of a proxy means for the batch.
 *
 * | answer | outcome |
 * | --- | --- |
 * | 201, 204 | delivered |
 * | 400 "unable to parse '<line>'" (1.x, 2.x), numbered lines (3) | refused, with those lines |
 * | any other 400, 406, 415, 422: "partial write … dropped=k", "parsing failed", … | refused |
 * | any of these with an empty body or one of HTML: no InfluxDB said so | retry, an operator is needed |
 * | 413 | split |
 * | 401, 402, 403, 404, 405, 407, 410, 421, 426, 431, 451, 501, 505, another 2xx or 3xx | retry, an operator is needed |
 * | 408, 425, 429, 499, 5xx | retry, Retry-After as the floor |
 * | 500 "hinted handoff queue not empty" (Enterprise) | delivered |
 *
 * Sources: `../shared/research/delivery.md` §3, the write handlers of InfluxDB v1.6.6, v1.8.10, v2.7.11, v3.9.6.
 */
export function outcomeOfAnswer(answer: Answer, batch: Batch): Outcome {
  const { status } = answer;
  const body = answer.body.slice(0, MAX_READ_LENGTH);
  const refusal = readRefusal(body);
  const reason = reasonOf(status, refusal.sentence);
  if (status === 204 || status === 201) return { kind: 'delivered' };
  if (status === 413) return { kind: 'split', reason };
  if (OPERATOR_STATUSES.has(status) || status < 400) return { kind: 'retry', reason, needsOperator: true };
  if (status >= 500 || TRANSIENT_STATUSES.has(status)) {
    if (refusal.sentence.includes('hinted handoff queue not empty')) return { kind: 'delivered' };
    return { kind: 'retry', reason, notBeforeMs: retryAfterMs(answer.retryAfter, Date.now()) };
  }
  // A proxy's 400, as nginx gives to plain HTTP on its port of TLS, says nothing about a line.
  if (/^\s*(<|$)/.test(body)) return { kind: 'retry', reason, needsOperator: true };
  return outcomeOfRefusal(refusal, reason, batch);
}

/** What a failure without an answer means: refused, reset, timed out, no such host. The data is good. */
export function outcomeOfFailure(error: unknown): Outcome {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const text = code === undefined || message.includes(code) ? message : `${code}: ${message}`;
  return { kind: 'retry', reason: text.slice(0, MAX_REASON_LENGTH) };
}

/**
 * Reads a Retry-After header.
 *
 * @param nowMs - the present, in milliseconds since the epoch
 * @returns milliseconds to wait, or `undefined` where the header is missing or says nothing
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  // A date of HTTP begins with its weekday; Date.parse takes `-5` for one too.
  const dateMs = /^[a-z]/i.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

/** An answer in a few words, without what it quotes: that is user data. */
function reasonOf(status: number, sentence: string): string {
  const text = sentence
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return `HTTP ${String(status)}${text === '' ? '' : `: ${text}`}`.slice(0, MAX_REASON_LENGTH);
}
