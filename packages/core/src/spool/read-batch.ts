import { joinLines, type LineBounds, type Lines } from '../batch/lines.ts';
import { decodeFrame, inflatedBytes } from './segment/frame.ts';
import { PendingBatch } from './pending-batch.ts';
import type { ReadFrame, Segment } from './segment/segment.ts';

/**
 * Reads the next frames of a segment that together make a batch.
 *
 * @param bounds - of the batch; one frame may be larger
 * @param onRead - told of lines that were read and are not in the segment's count any more
 * @returns `undefined` where all was read
 * @throws where the first of them cannot be read; what comes before one that cannot is a batch
 */
export async function readBatch(
  segment: Segment,
  { maxBytes, maxLines }: LineBounds,
  onRead: (lineCount: number) => void,
): Promise<PendingBatch | undefined> {
  const parts: Lines[] = [];
  let lineCount = 0;
  let byteCount = 0;
  let first: ReadFrame | undefined;
  let last: ReadFrame | undefined;
  try {
    while (!segment.isRead) {
      const frame = await segment.peek();
      lineCount += frame.header.lineCount;
      byteCount += inflatedBytes(frame.bytes);
      if (last !== undefined && (lineCount > maxLines || byteCount > maxBytes)) break;
      parts.push(await decodeFrame(frame.bytes, frame.header));
      segment.advance(frame);
      onRead(frame.header.lineCount);
      first ??= frame;
      last = frame;
    }
  } catch (error) {
    // What was read before it is good; the failure comes again at the next try.
    if (last === undefined) throw error;
  }
  if (first === undefined || last === undefined) return undefined;
  const lines = joinLines(parts);
  segment.take(last.endOffset, lines.lineCount);
  const place = { segment, endOffset: last.endOffset, lineCount: lines.lineCount };
  return new PendingBatch(lines, first.header.recordedAtMs, place);
}
