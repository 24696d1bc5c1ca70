import fs from 'node:fs';
import { PRIVATE_FILE_MODE, readRegularFile } from '../../process/private-files.ts';
import { CURSOR_SUFFIX } from '../names.ts';
import { SEGMENT_MAGIC } from './frame.ts';

/** A cursor is a number. */
const MAX_CURSOR_BYTES = 32;

/** Frames that were taken together, up to where they end. */
interface Taken {
  readonly endOffset: number;
  readonly lineCount: number;
  isSettled: boolean;
}

/**
 * Up to where a segment came to its end. Frames are taken in order, and several requests at once may end in any: it stays
 * before the first of which it is open what becomes of it, so that a crash loses none.
 */
export class Cursor {
  #offset: number;
  #taken: Taken[] = [];

  constructor(offset: number) {
    this.#offset = offset;
  }

  /** All before it is delivered or dead-lettered. */
  get offset(): number {
    return this.#offset;
  }

  /** True where nothing that was taken is open. */
  get isIdle(): boolean {
    return this.#taken.length === 0;
  }

  /** Lines that came to their end behind others that did not: whoever reads from the cursor on finds them once more. */
  get repeatedLineCount(): number {
    return this.#taken.reduce((sum, { isSettled, lineCount }) => sum + (isSettled ? lineCount : 0), 0);
  }

  /** Notes that the frames up to an offset are under way. */
  take(endOffset: number, lineCount: number): void {
    this.#taken.push({ endOffset, lineCount, isSettled: false });
  }

  /** Notes that what was taken up to an offset came to its end. @returns whether the cursor went on */
  settle(endOffset: number): boolean {
    for (const taken of this.#taken) if (taken.endOffset === endOffset) taken.isSettled = true;
    const before = this.#offset;
    for (let first = this.#taken[0]; first?.isSettled === true; first = this.#taken[0]) {
      this.#offset = first.endOffset;
      this.#taken.shift();
    }
    return this.#offset > before;
  }
}

/** Writes up to where a segment is delivered, into a file beside it, which is there whole or not at all. */
export async function writeCursor(segmentPath: string, offset: number): Promise<void> {
  const path = segmentPath + CURSOR_SUFFIX;
  const file = await fs.promises.open(`${path}.new`, 'w', PRIVATE_FILE_MODE);
  try {
    await file.writeFile(String(offset));
    await file.datasync();
  } finally {
    await file.close();
  }
  await fs.promises.rename(`${path}.new`, path);
}

/** Up to where a segment is delivered; the begin where no cursor is beside it. */
export async function readCursor(segmentPath: string): Promise<number> {
  try {
    return Number((await readRegularFile(segmentPath + CURSOR_SUFFIX, MAX_CURSOR_BYTES)).toString());
  } catch {
    return SEGMENT_MAGIC.length;
  }
}
