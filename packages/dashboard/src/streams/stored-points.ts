import { createScannedLine, scanLine } from '@influx-monitoring/core/internal';
import { turnBudget } from '../store/turn-budget.ts';
import type { LineFilter } from './line-wish.ts';

/** Which points of a store are wanted. */
export interface StoredSpan {
  /** First second that is wanted. */
  readonly from: number;
  readonly wants: LineFilter;
}

const LINES_PER_STEP = 64;

/** Reads batches of lines, oldest first; each piece ends with a line end. Batches are let go of as they are read. */
export async function* readStored(batches: Buffer[], { from, wants }: StoredSpan): AsyncGenerator<string> {
  const budget = turnBudget();
  const line = createScannedLine();
  for (let bytes = batches.shift(); bytes !== undefined; bytes = batches.shift()) {
    if (budget.isBusy) await budget.rest();
    const text = bytes.toString();
    let chosen = '';
    let lineCount = 0;
    for (let start = 0; start < text.length; start = line.nextStart) {
      scanLine(text, start, line);
      // The series is in the head; only a line that is wanted is cut out.
      if (line.second >= from && wants(line.head)) chosen += `${text.slice(start, line.nextStart - 1)}\n`;
      lineCount += 1;
      if (lineCount % LINES_PER_STEP === 0 && budget.isOver) await budget.rest();
    }
    if (chosen !== '') yield chosen;
  }
}
