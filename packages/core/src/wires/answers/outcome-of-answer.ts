import type { Batch, Outcome, RefusedLine } from '../../batch/outcome.ts';
import { codeOf, reasonOf } from '../../process/error-text.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { causeIn, isAboutServer, isStrippedOnly, sentenceOfCause } from './cause.ts';
import { readRefusal, type Refusal } from './refusal.ts';
import { findRefusedLines, type ToldLines } from './refused-lines.ts';
import { retryAfterMs } from './retry-after.ts';
import { safeLineText, safeSentence } from './safe-sentence.ts';
import type { Steps } from './slices.ts';

/** An outcome, and the lines that a request of their own would tell more of. */
export interface ReadAnswer {
  readonly outcome: Outcome;
  readonly supposed?: ToldLines['supposed'];
}

/** The data is good; someone has to change the server, its address or our credentials. */
const OPERATOR_STATUSES: ReadonlySet<number> = new Set([
  401, 402, 403, 404, 405, 407, 410, 421, 426, 431, 451, 501, 505,
]);

/** The data is good; time heals it. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 499]);

/** How many reasons of lines are made fit to be told a step. */
const STEP_REASONS = 20;

/**
 * What an answer of InfluxDB 1.6, 1.8, 2.7, 2.9, 3 or of a proxy means for the batch.
 *
 * | answer | outcome |
 * | --- | --- |
 * | 201, 204 | delivered |
 * | 422 "has been stripped from point … dropped=0" (2.9) | delivered |
 * | 400 "unable to parse '<line>'" (1.x, 2.x), numbered lines (3, the clouds) | refused, with those lines |
 * | 400, 422 "… dropped=k": k is all, or the k oldest (retention), or the k with a field of a type | refused, with those |
 * | 400, 422 that speaks of the server: no space left, a time-out, a quota | retry |
 * | any other 400, 406, 415, 422 | refused |
 * | any of these with an empty body or one of HTML: no InfluxDB said so | retry, an operator is needed |
 * | 413 | split |
 * | 401, 402, 403, 404, 405, 407, 410, 421, 426, 431, 451, 501, 505, another 2xx or 3xx | retry, an operator is needed |
 * | 408, 425, 429, 499, 5xx | retry, Retry-After as the floor |
 * | 500 "hinted handoff queue not empty" (Enterprise) | delivered |
 *
 * Sources: the write handlers of InfluxDB v1.6.6, v1.8.10, v2.7.11, v3.9.6, and what 1.8.10, 2.7.12, 2.9.1 and 3.6.0 said.
 */
export function* outcomeOfAnswer(answer: HttpAnswer, batch: Batch): Steps<ReadAnswer> {
  const { status } = answer;
  if (status === 204 || status === 201) return { outcome: { kind: 'delivered' } };
  const refusal = yield* readRefusal(answer.pieces);
  if (status >= 500 && refusal.sentence.includes('hinted handoff queue not empty')) {
    return { outcome: { kind: 'delivered' } };
  }
  const isInTheseWords = status !== 413 && !OPERATOR_STATUSES.has(status) && status >= 400;
  if (isInTheseWords && status < 500 && !TRANSIENT_STATUSES.has(status)) return yield* readNo(answer, refusal, batch);
  const reason = yield* reasonOfAnswer(answer, refusal, batch);
  if (status === 413) return { outcome: { kind: 'split', reason } };
  if (!isInTheseWords) return { outcome: { kind: 'retry', reason, needsOperator: true } };
  return { outcome: { kind: 'retry', reason, notBeforeMs: retryAfterMs(answer.retryAfter, Date.now()) } };
}

/** Not even a connection came about, by the system's own word. */
const UNREACHABLE_CODES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
]);

/** What a failure without an answer means: refused, reset, timed out, no such host. The data is good. */
export function outcomeOfFailure(error: unknown): Outcome {
  const message = reasonOf(error);
  const code = codeOf(error);
  return {
    kind: 'retry',
    reason: safeLineText(code === undefined || message.includes(code) ? message : `${code}: ${message}`),
    ...(UNREACHABLE_CODES.has(code ?? '') && { isUnreachable: true }),
  };
}

/** A status 400, 406, 415, 422 or another of that kind. */
function* readNo(answer: HttpAnswer, refusal: Refusal, batch: Batch): Steps<ReadAnswer> {
  const { sentence } = refusal;
  if (isStrippedOnly(sentence)) return { outcome: { kind: 'delivered' } };
  const reason = yield* reasonOfAnswer(answer, refusal, batch);
  // A proxy's 400, as nginx gives to plain HTTP on its port of TLS, says nothing about a line.
  if (/^\s{0,64}(<|$)/.test(answer.pieces[0] ?? '')) return { outcome: { kind: 'retry', reason, needsOperator: true } };
  if (isAboutServer(sentence)) {
    return { outcome: { kind: 'retry', reason, notBeforeMs: retryAfterMs(answer.retryAfter, Date.now()) } };
  }
  const { named, supposed } = yield* findRefusedLines(refusal, batch);
  if (named.size === 0) return { outcome: { kind: 'refused', reason }, supposed };
  return { outcome: { kind: 'refused', reason, refusedLines: yield* toldLines(answer.status, named, reason, batch) } };
}

/** Each refused line with its own reason, where it has one, without what that says of the line. */
function* toldLines(
  status: number,
  named: ReadonlyMap<number, string | undefined>,
  reason: string,
  batch: Batch,
): Steps<RefusedLine[]> {
  const ends = lineStartsOf(batch);
  const told: RefusedLine[] = [];
  for (const [index, own] of named) {
    const line = batch.bytes.subarray(ends[index] ?? 0, (ends[index + 1] ?? batch.bytes.length + 1) - 1);
    const isOwn = own !== undefined && own !== '';
    told.push({ index, reason: isOwn ? `HTTP ${String(status)}: ${safeLineText(own, line)}` : reason });
    if (told.length % STEP_REASONS === 0) yield;
  }
  return told;
}

const LINE_END = 0x0a;

/** Where each line begins. */
function lineStartsOf({ bytes }: Batch): number[] {
  const starts = [0];
  for (let end = bytes.indexOf(LINE_END); end !== -1; end = bytes.indexOf(LINE_END, end + 1)) starts.push(end + 1);
  return starts;
}

/** An answer in a few words, without what it quotes, where it names a cause in words of our own: that is user data. */
function* reasonOfAnswer({ status, location }: HttpAnswer, { sentence }: Refusal, batch: Batch): Steps<string> {
  const cause = causeIn(sentence);
  const head = `HTTP ${String(status)}`;
  if (cause !== undefined && status >= 400) return `${head}: ${safeLineText(sentenceOfCause(cause, sentence))}`;
  const text = location !== undefined && status < 400 ? `redirects to ${location}` : sentence;
  const safe = yield* safeSentence(text, batch.bytes);
  return safe === '' ? head : `${head}: ${safe}`;
}
