import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createScannedLine, scanLine } from './aggregate/line-scanner.ts';
import type { ReadableStore } from './store-source.ts';
import { TimeSlices } from './time-slices.ts';
import type { Span } from './wire.ts';

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
  const slices = new TimeSlices();
  for (const { bytes } of store.batchesAfter(0)) {
    const chosen = await chooseLines(bytes.toString(), { from, to }, slices);
    if (chosen !== '' && !res.write(chosen)) await once(res, 'drain', { signal });
    if (signal.aborted) return;
  }
  res.end();
}

async function chooseLines(text: string, { from, to }: Span, slices: TimeSlices): Promise<string> {
  const line = createScannedLine();
  let chosen = '';
  let lineCount = 0;
  for (let start = 0; start < text.length; start = line.nextStart) {
    scanLine(text, start, line);
    if (line.second >= from && line.second < to) chosen += `${text.slice(start, line.nextStart - 1)}\n`;
    lineCount += 1;
    if (lineCount % LINES_PER_STEP === 0 && slices.isOver) await slices.rest();
  }
  return chosen;
}
