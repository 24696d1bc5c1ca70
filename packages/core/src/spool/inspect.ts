import { FRAME_HEADER_BYTES, frameBytes, isIntact, readFrameHeader, SEGMENT_MAGIC } from './frame.ts';

/** What a segment's bytes are worth. */
export interface Inspection {
  /** `sound`; `torn` where only the last frame is not whole; `broken` where bytes changed that were whole once. */
  readonly state: 'sound' | 'torn' | 'broken';
  /** The frames that are intact, as offsets. */
  readonly frames: readonly { readonly start: number; readonly end: number }[];
  /** Lines in intact frames from the cursor on. */
  readonly lineCount: number;
  /** Where the first frame that counts begins; the first frame of all where the cursor fits none. */
  readonly cursor: number;
  /** When the first line that counts was recorded, in milliseconds since the epoch. */
  readonly oldestAtMs: number | undefined;
}

/**
 * Reads through a segment that another process left behind.
 *
 * @param cursor - offset up to which its frames were delivered
 */
export function inspectSegment(bytes: Buffer, cursor: number): Inspection {
  if (!bytes.subarray(0, SEGMENT_MAGIC.length).equals(SEGMENT_MAGIC)) {
    // A crash right after the file was made leaves less than the magic: nothing is in it.
    const state = SEGMENT_MAGIC.subarray(0, bytes.length).equals(bytes) ? 'torn' : 'broken';
    return { state, frames: [], lineCount: 0, cursor: SEGMENT_MAGIC.length, oldestAtMs: undefined };
  }
  const { state, frames } = findFrames(bytes);
  const isCursorSound = frames.some(({ start, end }) => start === cursor || end === cursor);
  const from = isCursorSound ? cursor : SEGMENT_MAGIC.length;
  const counted = frames.filter(({ start }) => start >= from);
  return {
    state,
    frames,
    lineCount: counted.reduce((sum, { lineCount }) => sum + lineCount, 0),
    cursor: from,
    oldestAtMs: counted[0]?.recordedAtMs,
  };
}

interface FoundFrame {
  readonly start: number;
  readonly end: number;
  readonly lineCount: number;
  readonly recordedAtMs: number;
}

function findFrames(bytes: Buffer): { state: Inspection['state']; frames: FoundFrame[] } {
  const frames: FoundFrame[] = [];
  let state: Inspection['state'] = 'sound';
  for (let start = SEGMENT_MAGIC.length; start < bytes.length;) {
    const header = readFrameHeader(bytes, start);
    if (header === undefined) {
      const isCut = bytes.length - start < FRAME_HEADER_BYTES;
      return { state: isCut && state === 'sound' ? 'torn' : 'broken', frames };
    }
    const end = start + frameBytes(header);
    if (end > bytes.length) return { state: state === 'sound' ? 'torn' : state, frames };
    const { lineCount, recordedAtMs } = header;
    if (isIntact(bytes.subarray(start, end), header)) frames.push({ start, end, lineCount, recordedAtMs });
    else if (end < bytes.length) state = 'broken';
    else if (state === 'sound') state = 'torn';
    start = end;
  }
  return { state, frames };
}
