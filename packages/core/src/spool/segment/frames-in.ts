import type { LineBounds } from '../../batch/lines.ts';
import { frameBytes, inflatedBytes, isIntact, readFrameHeader, type FrameHeader } from './frame.ts';

/** A frame that was read. */
export interface ReadFrame {
  readonly header: FrameHeader;
  readonly bytes: Buffer;
  /** Where it ends in the segment. */
  readonly endOffset: number;
}

/**
 * The frames in a part of a segment, at least one.
 *
 * @param startOffset - where the part begins in the segment
 * @param bounds - of the lines of all; one frame may be larger
 * @throws where the first is not intact; those before one that is not are given
 */
export function framesIn(part: Buffer, startOffset: number, { maxBytes, maxLines }: LineBounds): ReadFrame[] {
  const frames: ReadFrame[] = [];
  let lineCount = 0;
  let byteCount = 0;
  for (let at = 0; at < part.length || frames.length === 0;) {
    const frame = frameAt(part, at, startOffset);
    if (typeof frame === 'string') {
      if (frames.length === 0) throw new Error(frame);
      break;
    }
    lineCount += frame.header.lineCount;
    byteCount += inflatedBytes(frame.bytes);
    if (frames.length > 0 && (lineCount > maxLines || byteCount > maxBytes)) break;
    frames.push(frame);
    at += frame.bytes.length;
  }
  return frames;
}

/** @returns what is wrong with it where it is not intact */
function frameAt(part: Buffer, at: number, startOffset: number): ReadFrame | string {
  const header = readFrameHeader(part, at);
  if (header === undefined) return 'no frame where one should be';
  const bytes = part.subarray(at, at + frameBytes(header));
  if (bytes.length < frameBytes(header)) return 'the file is shorter than it was';
  if (!isIntact(bytes, header)) return 'the checksum of a frame is wrong';
  return { header, bytes, endOffset: startOffset + at + bytes.length };
}
