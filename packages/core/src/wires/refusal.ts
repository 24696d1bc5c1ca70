import type { Batch, Outcome } from '../batch/outcome.ts';

/** A refusal in the words of InfluxDB, without what it quotes of the batch: that is outside text, and may say anything. */
export interface Refusal {
  /** The sentence, as in `partial write: unable to parse a line: invalid number dropped=0`; empty where there is none. */
  readonly sentence: string;
  /** The lines that versions 1 and 2 quote. */
  readonly quotedLines: readonly string[];
  /** Indexes from 0 of the lines that version 3 numbers. */
  readonly numberedLines: readonly number[];
}

/**
 * `unable to parse 'm,t=a f=x 1': invalid number`, one a text line. A line may hold `': ` itself, the reasons do not: so
 * the last one ends the quotation.
 */
const QUOTED_LINE = /unable to parse '([^\n]*)': /g;

/** Reads the body of an answer: JSON of version 1 and 3 (`error`) or 2 (`message`), else text. */
export function readRefusal(body: string): Refusal {
  const parsed = parseJson(body);
  const text = sentenceIn(parsed) ?? body;
  return {
    sentence: text.replace(QUOTED_LINE, 'unable to parse a line: '),
    quotedLines: Array.from(text.matchAll(QUOTED_LINE), ([, line = '']) => line),
    numberedLines: lineNumbersIn(parsed),
  };
}

/** What a status 400, 406, 415, 422 or another of that kind means. */
export function outcomeOfRefusal(refusal: Refusal, reason: string, batch: Batch): Outcome {
  const { quotedLines, numberedLines } = refusal;
  const named = numberedLines.length > 0 ? numberedLines : indexesOf(quotedLines, batch);
  // Where not all are found that the answer speaks of, the rest is told by the answers to the next attempts.
  if (named.length === 0) return { kind: 'refused', reason };
  return { kind: 'refused', reason, refusedLines: named.map((index) => ({ index, reason })) };
}

/** Each line is looked for as often as it is quoted, since a batch may hold it twice. */
function indexesOf(quotedLines: readonly string[], batch: Batch): number[] {
  if (quotedLines.length === 0) return [];
  const wanted = new Set(quotedLines);
  return batch.lines.split('\n').flatMap((line, index) => (wanted.has(line) ? [index] : []));
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function sentenceIn(parsed: unknown): string | undefined {
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  if ('error' in parsed && typeof parsed.error === 'string') return parsed.error;
  return 'message' in parsed && typeof parsed.message === 'string' ? parsed.message : undefined;
}

/** Version 3 gives `"data": [{ "line_number": 2, … }]`, or one such object where it stored nothing. */
function lineNumbersIn(parsed: unknown): number[] {
  if (typeof parsed !== 'object' || parsed === null || !('data' in parsed)) return [];
  const entries: unknown[] = Array.isArray(parsed.data) ? parsed.data : [parsed.data];
  return entries.flatMap((entry) => {
    const isNumbered = typeof entry === 'object' && entry !== null && 'line_number' in entry;
    return isNumbered && typeof entry.line_number === 'number' ? [entry.line_number - 1] : [];
  });
}
