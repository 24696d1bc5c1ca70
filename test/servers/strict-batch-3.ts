import { parseLine3, printLine3, type ParsedLine3 } from './line-parser-3.ts';
import { splitLines, type BodyLine } from './line-split.ts';
import { LineError } from './line-value.ts';
import type { BatchResult, BatchRules } from './strict-batch.ts';
import { emptyWrite, listOfBad, parsingFailed, type BadLine } from './strict-replies.ts';
import type { StampedLine, StrictStore } from './strict-store.ts';
import type { StrictTables } from './strict-tables.ts';

/** How a batch is to be taken by InfluxDB 3. */
export interface BatchRules3 extends Pick<BatchRules, 'arrivalNs' | 'unitNs'> {
  /** True over 3's own address; false over that of 2.x. */
  readonly isNative: boolean;
  /** True where the good lines are stored beside bad ones. */
  readonly isPartial: boolean;
}

/** Reads a batch and stores what InfluxDB 3 would store of it. */
export function writeBatch3(store: StrictStore, text: string, rules: BatchRules3): BatchResult {
  const lines = splitLines(text);
  const lineCount = lines.length;
  if (lineCount === 0) return { reply: emptyWrite(rules.isNative), lineCount, storedCount: 0 };
  const tables = store.tables.draft();
  const good: StampedLine[] = [];
  const bad: BadLine[] = [];
  // Lines are counted from 1, comments left out.
  for (const [index, { text: line }] of lines.entries()) {
    const number = index + 1;
    const found = readLine({ text: line, number }, rules);
    const refusal = refusalOf(found, tables);
    if (refusal !== undefined) bad.push({ number, ...refusal });
    else if ('stamped' in found) good.push(found.stamped);
    if (bad.length > 0 && !rules.isPartial) {
      return { reply: parsingFailed(rules.isNative, bad), lineCount, storedCount: 0 };
    }
  }
  store.tables = tables;
  for (const line of good) store.keep(line);
  return { reply: bad.length === 0 ? { status: 204 } : listOfBad(bad), lineCount, storedCount: good.length };
}

type FoundLine =
  { readonly text: string; readonly reason: string } | { readonly parsed: ParsedLine3; readonly stamped: StampedLine };

/** A line that could not be read is shown as it came, one that does not fit its table as it is printed again. */
function refusalOf(found: FoundLine, tables: StrictTables): Omit<BadLine, 'number'> | undefined {
  if ('reason' in found) return found;
  const { columns, measurement } = found.parsed;
  const reason = tables.refusalOf(measurement, columns);
  return reason === undefined ? undefined : { text: printLine3(found.parsed), reason };
}

function readLine({ text, number }: BodyLine, { arrivalNs, unitNs }: BatchRules3): FoundLine {
  try {
    const parsed = parseLine3(text);
    const timestampNs = parsed.timestamp === undefined ? arrivalNs - (arrivalNs % unitNs) : parsed.timestamp * unitNs;
    return { parsed, stamped: { ...parsed, text, number, timestampNs } };
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    return { text, reason: error.message };
  }
}
