import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createScannedLine, scanLine } from '@influx-monitoring/core/internal';
import type { ReadableStore } from '../store/store-source.ts';
import { turnBudget } from '../store/turn-budget.ts';
import type { Span } from '../wire/messages.ts';

const LINES_PER_STEP = 64;

/**
 * Writes the points of a span as they were recorded, batch by batch and no faster than they are taken.
 *
 * @param signal - ends it when the client leaves
 */
export async function writeLines(
  res: ServerResponse,
  store: ReadableStore,
  { from, to }: Span,
  signal: AbortSignal,
): Promise<void> {
  const budget = turnBudget();
  for (const { bytes } of store.batchesAfter(0)) {
    if (budget.isBusy) await budget.rest();
    const chosen = await chooseLines(bytes.toString(), { from, to });
    if (chosen !== '' && !res.write(chosen)) await once(res, 'drain', { signal });
    if (signal.aborted) return;
  }
  res.end();
}

async function chooseLines(text: string, { from, to }: Span): Promise<string> {
  const budget = turnBudget();
  const line = createScannedLine();
  let chosen = '';
  let lineCount = 0;
  for (let start = 0; start < text.length; start = line.nextStart) {
    scanLine(text, start, line);
    if (line.second >= from && line.second < to) chosen += `${text.slice(start, line.nextStart - 1)}\n`;
    lineCount += 1;
    if (lineCount % LINES_PER_STEP === 0 && budget.isOver) await budget.rest();
  }
  return chosen;
}
