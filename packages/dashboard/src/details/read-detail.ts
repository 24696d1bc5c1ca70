import { createScannedLine, scanLine } from '@influx-monitoring/core/internal';
import { LineMeanings } from '../aggregate/line-meaning.ts';
import type { ReadableStore } from '../store/store-source.ts';
import { turnBudget } from '../store/turn-budget.ts';
import type { Detail } from '../wire/detail.ts';
import { DetailCounts, type DetailWish } from './detail-counts.ts';

const LINES_PER_STEP = 16;

/**
 * Reads all that a store holds of one subject. It reads the points anew each time, in slices as all of the page's work is:
 * nothing is kept for drawers that nobody has open.
 *
 * @param signal - ends it when the client leaves
 */
export async function readDetail(store: ReadableStore, wish: DetailWish, signal: AbortSignal): Promise<Detail> {
  const budget = turnBudget();
  const counts = new DetailCounts(wish);
  const meanings = new LineMeanings(wish.folded);
  const line = createScannedLine();
  for (const { bytes } of store.batchesAfter(0)) {
    if (budget.isBusy) await budget.rest();
    signal.throwIfAborted();
    const text = bytes.toString();
    let lineCount = 0;
    for (let start = 0; start < text.length; start = line.nextStart) {
      scanLine(text, start, line);
      lineCount += 1;
      const meaning = meanings.of(line.head);
      if (meaning !== null) counts.add(meaning, text, line);
      const isLong = meaning?.countedAs === 'summary';
      if ((isLong || lineCount % LINES_PER_STEP === 0) && budget.isOver) await budget.rest();
    }
  }
  return counts.read();
}
