import { promisify } from 'node:util';
import { crc32, gunzip, gzip, gzipSync } from 'node:zlib';
import { countLines, type Lines } from '../../batch/lines.ts';

/** What a segment file begins with: the name of the format and its version. */
export const SEGMENT_MAGIC = Buffer.from('imspool1');

/**
 * ```
 * offset 0   u32  bytes of the payload         8   u32  count of lines        20  gzip of the lines
 *        4   u32  crc32 of the payload         12  f64  recorded at, ms
 *                                              └──────────── payload ────────────┘
 * ```
 */
export const FRAME_HEADER_BYTES = 20;

const PREFIX_BYTES = 8;
const PAYLOAD_HEADER_BYTES = FRAME_HEADER_BYTES - PREFIX_BYTES;

/** A frame that says it is larger was not written by us: a block has at most 1 MiB and one line. */
const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

/** A cut of gzip that would become more than this is not ours either. */
const MAX_INFLATED_BYTES = 16 * 1024 * 1024;

/** Level 1 makes 63 KB of 830 KB in 2.3 ms; level 6 needs twice the time for 56 KB. */
const GZIP_OPTIONS = { level: 1 } as const;

const gzipAsync = promisify<Buffer, typeof GZIP_OPTIONS, Buffer>(gzip);
const gunzipAsync = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip);

/** What the first bytes of a frame say. */
export interface FrameHeader {
  readonly payloadBytes: number;
  readonly checksum: number;
  readonly lineCount: number;
  readonly recordedAtMs: number;
}

/** Makes a frame of lines, compressing them on another thread. */
export async function encodeFrame(lines: Lines, recordedAtMs: number): Promise<Buffer> {
  return frameOf(await gzipAsync(lines.bytes, GZIP_OPTIONS), lines.lineCount, recordedAtMs);
}

/** Makes a frame of lines now: for the end of the process, when nothing else can wait. */
export function encodeFrameSync(lines: Lines, recordedAtMs: number): Buffer {
  return frameOf(gzipSync(lines.bytes, GZIP_OPTIONS), lines.lineCount, recordedAtMs);
}

function frameOf(compressed: Buffer, lineCount: number, recordedAtMs: number): Buffer {
  const frame = Buffer.allocUnsafeSlow(FRAME_HEADER_BYTES + compressed.length);
  frame.writeUInt32LE(PAYLOAD_HEADER_BYTES + compressed.length, 0);
  frame.writeUInt32LE(lineCount, PREFIX_BYTES);
  frame.writeDoubleLE(recordedAtMs, PREFIX_BYTES + 4);
  compressed.copy(frame, FRAME_HEADER_BYTES);
  frame.writeUInt32LE(crc32(frame.subarray(PREFIX_BYTES)), 4);
  return frame;
}

/** A segment is full at 8 MiB, and one frame may come after that: a larger file was not written by us. */
export const MAX_SEGMENT_FILE_BYTES = 32 * 1024 * 1024;

/** Reads a frame's header; `undefined` where these bytes cannot be one. A time that cannot be is the present. */
export function readFrameHeader(bytes: Buffer, offset = 0): FrameHeader | undefined {
  if (bytes.length - offset < FRAME_HEADER_BYTES) return undefined;
  const payloadBytes = bytes.readUInt32LE(offset);
  if (payloadBytes < PAYLOAD_HEADER_BYTES || payloadBytes > MAX_PAYLOAD_BYTES) return undefined;
  const recordedAtMs = bytes.readDoubleLE(offset + PREFIX_BYTES + 4);
  return {
    payloadBytes,
    checksum: bytes.readUInt32LE(offset + 4),
    lineCount: bytes.readUInt32LE(offset + PREFIX_BYTES),
    recordedAtMs: recordedAtMs >= 0 && recordedAtMs <= Date.now() ? recordedAtMs : Date.now(),
  };
}

/** Bytes of a whole frame. */
export function frameBytes(header: FrameHeader): number {
  return PREFIX_BYTES + header.payloadBytes;
}

/** Whether a whole frame is as it was written. */
export function isIntact(frame: Buffer, header: FrameHeader): boolean {
  return crc32(frame.subarray(PREFIX_BYTES)) === header.checksum;
}

/** Bytes that the lines of a whole frame will have: gzip keeps it in its last four. */
export function inflatedBytes(frame: Buffer): number {
  return frame.readUInt32LE(frame.length - 4);
}

/** The lines of a whole frame that is intact. @throws where it is no gzip, or has not as many lines as it says */
export async function decodeFrame(frame: Buffer, header: FrameHeader): Promise<Lines> {
  const compressed = frame.subarray(FRAME_HEADER_BYTES);
  // What several of them say is what they may take, for several are decoded at once.
  const maxOutputLength = Math.max(1, Math.min(inflatedBytes(frame), MAX_INFLATED_BYTES));
  const bytes = await gunzipAsync(compressed, { maxOutputLength });
  if (countLines(bytes) !== header.lineCount) throw new Error('a frame has another number of lines than it says');
  return { bytes, lineCount: header.lineCount };
}

const GZIP_START = Buffer.of(0x1f, 0x8b, 0x08);

/** How many bytes are summed up in the search for the next intact frame: what is wrong on purpose must not hold us up. */
export const MAX_SEARCHED_BYTES = 16 * 1024 * 1024;

/**
 * Finds the next intact frame after bytes that are none, by what gzip begins with.
 *
 * @param budget - how many bytes may be summed up for it; what was is taken off
 * @returns where it begins; `undefined` where there is none
 */
export function findFrame(bytes: Buffer, from: number, budget: { byteCount: number }): number | undefined {
  for (
    let at = bytes.indexOf(GZIP_START, from + FRAME_HEADER_BYTES);
    at !== -1;
    at = bytes.indexOf(GZIP_START, at + 1)
  ) {
    const start = at - FRAME_HEADER_BYTES;
    const header = readFrameHeader(bytes, start);
    const end = header === undefined ? Infinity : start + frameBytes(header);
    if (header === undefined || end > bytes.length) continue;
    budget.byteCount -= end - start;
    if (budget.byteCount < 0) return undefined;
    if (isIntact(bytes.subarray(start, end), header)) return start;
  }
  return undefined;
}
