import type { Batch } from '../../batch/outcome.ts';
import { causeIn, droppedCountIn, type Cause } from './cause.ts';
import { eachLine, hasFieldOfType, stampOf } from './line-facts.ts';
import type { Refusal } from './refusal.ts';
import type { Steps } from './slices.ts';

/** What an answer tells of the lines that it refuses. */
export interface ToldLines {
  /** Those that it names, each with what it says of it; without a word of its own where it says one thing of all. */
  readonly named: ReadonlyMap<number, string | undefined>;
  /** Those that it may mean, where that is not certain: alone in a request they would be refused, all of them. */
  readonly supposed?: readonly number[] | undefined;
}

const NONE: ToldLines = { named: new Map() };

/** Finds the lines that an answer refuses. None are named that the database may have stored. */
export function* findRefusedLines(refusal: Refusal, batch: Batch): Steps<ToldLines> {
  const numbered = yield* confirmNumbered(refusal, batch);
  if (numbered.size > 0) return { named: numbered };
  const quoted = yield* findQuoted(refusal, batch);
  if (quoted.size > 0) return { named: quoted };
  const droppedCount = droppedCountIn(refusal.sentence) ?? 0;
  if (droppedCount === 0) return NONE;
  if (droppedCount === batch.lineCount) return { named: everyLine(batch) };
  const cause = causeIn(refusal.sentence);
  if (cause?.kind === 'retention') return { named: yield* findOldest(cause, droppedCount, batch) };
  return cause === undefined ? NONE : yield* findConflicting(cause, droppedCount, batch);
}

function everyLine({ lineCount }: Batch): ReadonlyMap<number, undefined> {
  return new Map(Array.from({ length: lineCount }, (_, index) => [index, undefined]));
}

/** A number counts where the line is as the answer shows it (3 shows its beginning). */
function* confirmNumbered({ numbered }: Refusal, { lines, lineCount }: Batch): Steps<Map<number, string>> {
  const confirmed = new Map<number, string>();
  const told = new Map<number, { readonly reason: string; readonly beginning?: string | undefined }>();
  for (const line of numbered) {
    if (Number.isInteger(line.index) && line.index >= 0 && line.index < lineCount) told.set(line.index, line);
  }
  if (told.size === 0) return confirmed;
  yield* eachLine(lines, (line, index) => {
    const about = told.get(index);
    if (about !== undefined && beginsAs(line, about.beginning ?? '')) confirmed.set(index, about.reason);
  });
  return confirmed;
}

/** 3 shows a text without the quotes around it, and a cut in the middle of a character as a replacement. */
function beginsAs(line: string, beginning: string): boolean {
  return line.replaceAll('"', '').startsWith(beginning.replace(/\ufffd$/, '').replaceAll('"', ''));
}

/** A batch may hold a quoted line twice: then it is wrong twice. */
function* findQuoted({ quoted }: Refusal, { lines }: Batch): Steps<Map<number, string>> {
  const found = new Map<number, string>();
  if (quoted.length === 0) return found;
  const reasons = new Map(quoted.map(({ text, reason }) => [text, reason]));
  yield* eachLine(lines, (line, index) => {
    const reason = reasons.get(line);
    if (reason !== undefined) found.set(index, `unable to parse a line: ${reason}`);
  });
  return found;
}

/** The oldest lines are the refused ones. Where 2.x names the bounds, both must come to the same. */
function* findOldest(
  { beforeNs, afterNs }: Extract<Cause, { kind: 'retention' }>,
  droppedCount: number,
  { lines }: Batch,
): Steps<Map<number, undefined>> {
  const stamps: { readonly index: number; readonly stampNs: bigint }[] = [];
  yield* eachLine(lines, (line, index) => {
    const stampNs = stampOf(line);
    if (stampNs !== undefined) stamps.push({ index, stampNs });
  });
  if (beforeNs !== undefined || afterNs !== undefined) {
    const outside = stamps.filter(
      ({ stampNs }) => (beforeNs !== undefined && stampNs < beforeNs) || (afterNs !== undefined && stampNs > afterNs),
    );
    return indexesOf(outside.length === droppedCount ? outside : []);
  }
  stamps.sort((one, other) => (one.stampNs < other.stampNs ? -1 : Number(one.stampNs > other.stampNs)));
  const [last, next] = [stamps[droppedCount - 1], stamps[droppedCount]];
  // Two of one time have one fate: then the number means something else.
  const isClear = last !== undefined && last.stampNs !== next?.stampNs;
  return indexesOf(isClear ? stamps.slice(0, droppedCount) : []);
}

function indexesOf(lines: readonly { readonly index: number }[]): Map<number, undefined> {
  return new Map(lines.map(({ index }) => [index, undefined]));
}

/**
 * A type is bound within a shard: of the lines with that field and type those of another shard may be stored. Where as many
 * were dropped as there are, they are the ones; else that is to be seen.
 */
function* findConflicting(
  { field, series, type }: Extract<Cause, { kind: 'type-conflict' }>,
  droppedCount: number,
  { lines }: Batch,
): Steps<ToldLines> {
  const supposed: number[] = [];
  yield* eachLine(lines, (line, index) => {
    if (hasFieldOfType(line, series, field, type)) supposed.push(index);
  });
  if (supposed.length === droppedCount) return { named: indexesOf(supposed.map((index) => ({ index }))) };
  return supposed.length === 0 ? NONE : { named: new Map(), supposed };
}
