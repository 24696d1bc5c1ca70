import { joinLines, type LineBounds, type Lines } from '../batch/lines.ts';
import { decodeFrame } from './segment/frame.ts';
import { PendingBatch } from './pending-batch.ts';
import type { Segment } from './segment/segment.ts';

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
  bounds: LineBounds,
  onRead: (lineCount: number) => void,
): Promise<PendingBatch | undefined> {
  if (segment.isRead) return undefined;
  const frames = await segment.peek(bounds);
  // At once, each on another thread: a busy event loop is waited for once.
  const results = await Promise.allSettled(
    frames.map(async (frame) => ({ frame, lines: await decodeFrame(frame.bytes, frame.header) })),
  );
  const parts: Lines[] = [];
  let endOffset = 0;
  let recordedAtMs = Infinity;
  for (const result of results) {
    if (result.status === 'rejected') {
      // What comes before it is good; the failure comes again at the next try.
      if (parts.length > 0) break;
      throw result.reason;
    }
    const { frame, lines } = result.value;
    parts.push(lines);
    segment.advance(frame);
    onRead(frame.header.lineCount);
    endOffset = frame.endOffset;
    recordedAtMs = Math.min(recordedAtMs, frame.header.recordedAtMs);
  }
  const lines = joinLines(parts);
  segment.take(endOffset, lines.lineCount);
  const place = { segment, endOffset, lineCount: lines.lineCount };
  return new PendingBatch(lines, recordedAtMs, place);
}
