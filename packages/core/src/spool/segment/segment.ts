import fs, { closeSync, fdatasync, fdatasyncSync, ftruncateSync, openSync, read, unlinkSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import {
  findFrame,
  frameBytes,
  MAX_SEARCHED_BYTES,
  MAX_SEGMENT_FILE_BYTES,
  readFrameHeader,
  SEGMENT_MAGIC,
  type FrameHeader,
} from './frame.ts';
import type { LineBounds } from '../../batch/lines.ts';
import { Cursor, writeCursor } from './cursor.ts';
import { framesIn, type ReadFrame } from './frames-in.ts';
import { CURSOR_SUFFIX } from '../names.ts';
import { PRIVATE_FILE_MODE, readRegularFile } from '../../process/private-files.ts';

/** So much is read at once, in bytes: some eight frames of full blocks (63 KB each), or hundreds of small ones. */
const READ_BYTES = 512 * 1024;

const readAsync = promisify(read);
const fdatasyncAsync = promisify(fdatasync);

/** What is known of a segment that is there already. */
export interface SegmentContents {
  readonly byteCount: number;
  readonly cursor: number;
  readonly lineCount: number;
  readonly oldestAtMs: number;
}

/** One file of the spool: frames are added at its end, read once from its begin, and acknowledged in any order. */
export class Segment {
  readonly path: string;
  /** Bytes of whole frames, with the magic. */
  byteCount: number;
  /** Lines that were not read yet. */
  lineCount: number;
  /** True once its file is gone or moved away: what was read of it is in memory. */
  isGone = false;
  #oldestAtMs: number | undefined;
  #readOffset: number;
  readonly #cursor: Cursor;
  #file: number | undefined;

  private constructor(path: string, contents: SegmentContents) {
    this.path = path;
    this.byteCount = contents.byteCount;
    this.lineCount = contents.lineCount;
    this.#oldestAtMs = contents.oldestAtMs;
    this.#readOffset = contents.cursor;
    this.#cursor = new Cursor(contents.cursor);
  }

  /**
   * Makes a segment of its own file.
   *
   * @throws what the file system throws
   */
  static create(path: string): Segment {
    const file = openSync(path, 'wx+', PRIVATE_FILE_MODE);
    const start = SEGMENT_MAGIC.length;
    const segment = new Segment(path, { byteCount: 0, cursor: start, lineCount: 0, oldestAtMs: Date.now() });
    segment.#file = file;
    try {
      segment.#write(SEGMENT_MAGIC);
    } catch (error) {
      segment.close();
      unlinkSync(path);
      throw error;
    }
    return segment;
  }

  /** Takes over a file that was inspected. */
  static reopen(path: string, contents: SegmentContents): Segment {
    return new Segment(path, contents);
  }

  get name(): string {
    return basename(this.path);
  }

  /** When the oldest line in it was recorded, in milliseconds since the epoch; at most a frame too early. */
  get oldestAtMs(): number | undefined {
    return this.lineCount === 0 ? undefined : this.#oldestAtMs;
  }

  get isRead(): boolean {
    return this.#readOffset >= this.byteCount;
  }

  /** True where all of it was read, and nothing of it is under way. */
  get isAcknowledged(): boolean {
    return this.isRead && this.#cursor.isIdle;
  }

  /** Lines that are acknowledged, and that whoever reads it after us finds once more. */
  get repeatedLineCount(): number {
    return this.isGone ? 0 : this.#cursor.repeatedLineCount;
  }

  /**
   * Adds a frame; it is there whole, or not at all.
   *
   * A write into the page cache takes 0.05 ms a frame and survives the process, so it need not wait for a thread; and
   * it is never half done when the process ends.
   *
   * @param isTaken - true for what is being sent already: it need not be read again
   * @returns where the frame ends
   * @throws what the file system throws
   */
  append(frame: Buffer, header: Pick<FrameHeader, 'lineCount' | 'recordedAtMs'>, isTaken: boolean): number {
    if (this.lineCount === 0) this.#oldestAtMs = header.recordedAtMs;
    this.#write(frame);
    if (isTaken) {
      this.#readOffset = this.byteCount;
      this.take(this.byteCount, header.lineCount);
    } else this.lineCount += header.lineCount;
    return this.byteCount;
  }

  /**
   * Reads the next frames, at least one, without going on to those after them: `advance` does. All of them cost one or two
   * turns of the event loop, however long these take.
   *
   * @param bounds - of the lines of all; one frame may be larger
   * @throws where the first is not intact; those before one that is not are given
   */
  async peek(bounds: LineBounds): Promise<readonly ReadFrame[]> {
    const start = this.#readOffset;
    let bytes = await this.#read(start, Math.min(READ_BYTES, this.byteCount - start));
    const header = readFrameHeader(bytes);
    if (header !== undefined && frameBytes(header) > bytes.length) bytes = await this.#read(start, frameBytes(header));
    return framesIn(bytes, start, bounds);
  }

  advance(frame: ReadFrame): void {
    this.#readOffset = frame.endOffset;
    this.#oldestAtMs = frame.header.recordedAtMs;
    this.lineCount -= frame.header.lineCount;
  }

  /**
   * Passes over a frame that is broken, to the next one that is intact. The lines of what is passed over stay in the
   * count until the end is reached: only then it is known how many they were.
   *
   * @throws where the file cannot be read
   */
  async passOver(): Promise<void> {
    const bytes = await readRegularFile(this.path, MAX_SEGMENT_FILE_BYTES);
    const budget = { byteCount: MAX_SEARCHED_BYTES };
    this.#readOffset = findFrame(bytes.subarray(0, this.byteCount), this.#readOffset + 1, budget) ?? this.byteCount;
  }

  /** Notes that the lines which are not read are lost. @returns how many they are */
  giveUpRest(): number {
    const { lineCount } = this;
    this.lineCount = 0;
    return lineCount;
  }

  /** Notes that the frames up to an offset are under way, from where the last ones ended. */
  take(endOffset: number, lineCount: number): void {
    this.#cursor.take(endOffset, lineCount);
  }

  /** Notes that what was taken up to an offset is delivered, in a file of its own where something remains. */
  async acknowledge(endOffset: number): Promise<void> {
    if (this.isGone || !this.#cursor.settle(endOffset) || this.isAcknowledged) return;
    await writeCursor(this.path, this.#cursor.offset);
  }

  async sync(): Promise<void> {
    if (this.#file !== undefined) await fdatasyncAsync(this.#file);
  }

  /** For the end of the process, when nothing else can wait. */
  syncNow(): void {
    try {
      if (this.#file !== undefined) fdatasyncSync(this.#file);
    } catch {
      // There is nobody left to tell.
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  async remove(): Promise<void> {
    this.isGone = true;
    this.close();
    await fs.promises.unlink(this.path);
    await fs.promises.unlink(this.path + CURSOR_SUFFIX).catch(() => undefined);
  }

  removeSync(): void {
    this.isGone = true;
    this.close();
    unlinkSync(this.path);
  }

  #write(bytes: Buffer): void {
    this.#file ??= openSync(this.path, 'r+');
    const file = this.#file;
    let written = 0;
    try {
      while (written < bytes.length) {
        written += writeSync(file, bytes, written, bytes.length - written, this.byteCount + written);
      }
    } catch (error) {
      truncateSafely(file, this.byteCount);
      throw error;
    }
    this.byteCount += bytes.length;
  }

  async #read(start: number, byteCount: number): Promise<Buffer> {
    this.#file ??= openSync(this.path, 'r');
    const buffer = Buffer.allocUnsafeSlow(byteCount);
    const { bytesRead } = await readAsync(this.#file, buffer, 0, byteCount, start);
    return buffer.subarray(0, bytesRead);
  }
}

/** Takes away what was written of a frame. Where that fails too, the next frame is written over it. */
function truncateSafely(file: number, byteCount: number): void {
  try {
    ftruncateSync(file, byteCount);
  } catch {
    // A reader finds a torn tail there, and cuts it.
  }
}
