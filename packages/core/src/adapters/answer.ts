import type { Batch, Outcome } from '../delivery/outcome.ts';

/** What a database, or a proxy before it, said to a write. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** The header Retry-After: seconds or an HTTP date. */
  readonly retryAfter?: string | undefined;
}

/** How much of an answer is read: InfluxDB 1.x echoes each bad line, 252 KB for 2,000 of them. */
const MAX_READ_LENGTH = 256 * 1024;

/** How much of an answer is told on. */
const MAX_REASON_LENGTH = 300;

/** The data is good; someone has to change the server, its address or our credentials. */
const OPERATOR_STATUSES: ReadonlySet<number> = new Set([401, 402, 403, 404, 405, 407, 410, 451, 501, 505]);

/** The data is good; time heals it. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 499]);

/**
 * What an answer of InfluxDB 1.6, 1.8, 2.7, 3 or of a proxy means for the batch.
 *
 * | answer | outcome |
 * | --- | --- |
 * | 201, 204 | delivered |
 * | 400, 422 "partial write … dropped=k", 400 "… limit exceeded … dropped=k" | delivered in part |
 * | 400 "partial write: unable to parse" (1.x), 400 "partial write of line protocol occurred" (3) | delivered in part |
 * | 400 "unable to parse" (2.x), "parsing failed" (3), any other 400, 406, 415, 422 | poison |
 * | 413 | split |
 * | 401, 402, 403, 404, 405, 407, 410, 451, 501, 505, another 2xx or 3xx | retry, an operator is needed |
 * | 408, 425, 429, 499, 5xx | retry, Retry-After as the floor |
 * | 500 "hinted handoff queue not empty" (Enterprise) | delivered |
 *
 * Sources: `../shared/research/delivery.md` §3, the write handlers of InfluxDB v1.6.6, v1.8.10, v2.7.11, v3.9.6.
 */
export function outcomeOfAnswer(answer: Answer, batch: Batch): Outcome {
  const { status } = answer;
  const body = answer.body.slice(0, MAX_READ_LENGTH);
  const reason = reasonOf(status, body);
  if (status === 204 || status === 201) return { kind: 'delivered' };
  if (status === 413) return { kind: 'split', reason };
  if (OPERATOR_STATUSES.has(status) || status < 400) return { kind: 'retry', reason, needsOperator: true };
  if (status >= 500 || TRANSIENT_STATUSES.has(status)) {
    if (body.includes('hinted handoff queue not empty')) return { kind: 'delivered' };
    return { kind: 'retry', reason, notBeforeMs: retryAfterMs(answer.retryAfter, Date.now()) };
  }
  return outcomeOfRefusal(body, reason, batch);
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
  const dateMs = Date.parse(text);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

function outcomeOfRefusal(body: string, reason: string, batch: Batch): Outcome {
  const lineNumbers = numberedLines(body);
  if (body.includes('partial write of line protocol occurred')) {
    return { kind: 'delivered-in-part', droppedCount: lineNumbers.length, reason };
  }
  const droppedCount = droppedOf(body);
  if (droppedCount > 0) return { kind: 'delivered-in-part', droppedCount, reason };
  const unparsed = unparsedLines(body);
  // Version 1 stores the other lines, says dropped=0 for those it could not parse, and names each of them.
  if (body.includes('partial write')) return { kind: 'delivered-in-part', droppedCount: unparsed.length, reason };
  const lineIndexes = lineNumbers.length > 0 ? lineNumbers : indexesOf(unparsed, batch);
  return lineIndexes.length === 0 ? { kind: 'poison', reason } : { kind: 'poison', reason, lineIndexes };
}

function droppedOf(body: string): number {
  const match = /\bdropped=(\d+)/.exec(body);
  return match === null ? 0 : Number(match[1]);
}

/** The lines that versions 1 and 2 quote, as in `unable to parse 'm,t=a f=x 1': invalid number`. */
function unparsedLines(body: string): string[] {
  const text = jsonError(body) ?? body;
  return Array.from(text.matchAll(/unable to parse '(.*)': /g), (match) => match[1] ?? '');
}

function indexesOf(quoted: readonly string[], batch: Batch): number[] {
  if (quoted.length === 0) return [];
  const wanted = new Set(quoted);
  return batch.lines.split('\n').flatMap((line, index) => (wanted.has(line) ? [index] : []));
}

/** The lines that version 3 numbers, as in `{"data":[{"line_number":2,…}]}`, as indexes from 0. */
function numberedLines(body: string): number[] {
  return Array.from(body.matchAll(/"line_number"\s*:\s*(\d+)/g), (match) => Number(match[1]) - 1);
}

/** An answer in a few words, without what it quotes: that is user data. */
function reasonOf(status: number, body: string): string {
  const text = (jsonError(body) ?? body)
    .replace(/unable to parse '.*?': /g, 'unable to parse a line: ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return `HTTP ${String(status)}${text === '' ? '' : `: ${text}`}`.slice(0, MAX_REASON_LENGTH);
}

/** The sentence in an error of version 1 and 3 (`error`) or 2 (`message`). */
function jsonError(body: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  if ('error' in parsed && typeof parsed.error === 'string') return parsed.error;
  return 'message' in parsed && typeof parsed.message === 'string' ? parsed.message : undefined;
}
