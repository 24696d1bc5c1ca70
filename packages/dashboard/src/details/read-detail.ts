import { createScannedLine, scanLine } from '@influx-monitoring/core/internal';
import { LineMeanings } from '../aggregate/line-meaning.ts';
import type { ReadableStore } from '../store/store-source.ts';
import { turnBudget } from '../store/turn-budget.ts';
import type { Detail, DetailSubject } from '../wire/detail.ts';
import type { Span } from '../wire/messages.ts';
import { DetailCounts } from './detail-counts.ts';

/** What of the store a drawer shows. */
export interface DetailWish extends Span {
  readonly subject: DetailSubject;
  readonly key: string;
}

const LINES_PER_STEP = 16;

/**
 * Reads all that a store holds of one subject. It reads the points anew each time, in slices as all of the page's work is:
 * nothing is kept for drawers that nobody has open.
 *
 * @param signal - ends it when the client leaves
 */
export async function readDetail(store: ReadableStore, wish: DetailWish, signal: AbortSignal): Promise<Detail> {
  const { from, to } = wish;
  const budget = turnBudget();
  const counts = new DetailCounts(wish.subject, wish.key);
  const meanings = new LineMeanings();
  const line = createScannedLine();
  for (const { bytes } of store.batchesAfter(0)) {
    if (budget.isBusy) await budget.rest();
    signal.throwIfAborted();
    const text = bytes.toString();
    let lineCount = 0;
    for (let start = 0; start < text.length; start = line.nextStart) {
      scanLine(text, start, line);
      lineCount += 1;
      if (lineCount % LINES_PER_STEP === 0 && budget.isOver) await budget.rest();
      if (line.second < from || line.second >= to) continue;
      const meaning = meanings.of(line.head);
      if (meaning !== null) counts.add(meaning, text, line);
    }
  }
  return counts.read({ from, to });
}
