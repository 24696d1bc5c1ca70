import {
  decodeFrame,
  findFrame,
  FRAME_HEADER_BYTES,
  frameBytes,
  isIntact,
  MAX_SEARCHED_BYTES,
  readFrameHeader,
  SEGMENT_MAGIC,
} from './frame.ts';

/** What a segment's bytes are worth. */
export interface Inspection {
  /** `sound`; `torn` where only the last frame is not whole; `broken` where bytes changed that were whole once. */
  readonly state: 'sound' | 'torn' | 'broken';
  /** The frames that are intact, as offsets. */
  readonly frames: readonly FoundFrame[];
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

/**
 * Reads the lines of each frame that counts, since what a frame says of itself may be wrong on purpose.
 *
 * @returns the inspection without the frames that cannot be read or have not as many lines as they say
 */
export async function verifySegment(bytes: Buffer, inspection: Inspection): Promise<Inspection> {
  const { cursor, frames } = inspection;
  const sound: FoundFrame[] = [];
  for (const frame of frames) {
    if (frame.start >= cursor && (await isReadable(bytes, frame))) sound.push(frame);
  }
  const counted = frames.filter(({ start }) => start >= cursor);
  if (sound.length === counted.length) return inspection;
  return {
    state: 'broken',
    frames: sound,
    lineCount: sound.reduce((sum, { lineCount }) => sum + lineCount, 0),
    cursor,
    oldestAtMs: sound[0]?.recordedAtMs,
  };
}

async function isReadable(bytes: Buffer, { start, end }: FoundFrame): Promise<boolean> {
  const header = readFrameHeader(bytes, start);
  try {
    if (header === undefined) return false;
    await decodeFrame(bytes.subarray(start, end), header);
    return true;
  } catch {
    return false;
  }
}

/** A frame that is intact. */
export interface FoundFrame {
  readonly start: number;
  readonly end: number;
  readonly lineCount: number;
  readonly recordedAtMs: number;
}

function findFrames(bytes: Buffer): { state: Inspection['state']; frames: FoundFrame[] } {
  const frames: FoundFrame[] = [];
  const budget = { byteCount: MAX_SEARCHED_BYTES };
  let isBroken = false;
  for (let start: number | undefined = SEGMENT_MAGIC.length; start < bytes.length;) {
    const frame = intactFrameAt(bytes, start);
    if (frame === undefined) {
      const next = findFrame(bytes, start + 1, budget);
      // Nothing intact comes after it: its write was cut, unless it is whole.
      if (next === undefined) return { state: isBroken || !isCutAt(bytes, start) ? 'broken' : 'torn', frames };
      isBroken = true;
      start = next;
    } else {
      frames.push(frame);
      start = frame.end;
    }
  }
  return { state: isBroken ? 'broken' : 'sound', frames };
}

function intactFrameAt(bytes: Buffer, start: number): FoundFrame | undefined {
  const header = readFrameHeader(bytes, start);
  if (header === undefined) return undefined;
  const end = start + frameBytes(header);
  if (end > bytes.length || !isIntact(bytes.subarray(start, end), header)) return undefined;
  return { start, end, lineCount: header.lineCount, recordedAtMs: header.recordedAtMs };
}

/** Whether what begins there goes on to the end of the file, or beyond it: a power failure leaves such a frame. */
function isCutAt(bytes: Buffer, start: number): boolean {
  if (bytes.length - start < FRAME_HEADER_BYTES) return true;
  const header = readFrameHeader(bytes, start);
  return header !== undefined && start + frameBytes(header) >= bytes.length;
}
