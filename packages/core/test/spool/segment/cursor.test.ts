import fc from 'fast-check';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cursor, readCursor, writeCursor } from '../../../src/spool/segment/cursor.ts';
import { SEGMENT_MAGIC } from '../../../src/spool/segment/frame.ts';
import { makeFolder, removeFolder } from '../support/spool-folder.ts';

const BATCH_BYTES = 100;
const BATCH_LINES = 7;

describe('a cursor', () => {
  it('stays before the first batch that is open, in whatever order batches end', () => {
    const orders = fc
      .integer({ min: 1, max: 8 })
      .chain((count) => fc.shuffledSubarray([...Array(count).keys()], { minLength: count }));
    fc.assert(
      fc.property(orders, (order) => {
        const cursor = new Cursor(0);
        for (const index of order.keys()) cursor.take((index + 1) * BATCH_BYTES, BATCH_LINES);
        const open = new Set(order);
        for (const [settledCount, index] of order.entries()) {
          const before = cursor.offset;
          open.delete(index);
          const hasMoved = cursor.settle((index + 1) * BATCH_BYTES);
          const firstOpen = Math.min(order.length, ...open);
          expect(cursor.offset).toBe(firstOpen * BATCH_BYTES);
          expect(hasMoved).toBe(cursor.offset > before);
          expect(cursor.repeatedLineCount).toBe((settledCount + 1 - firstOpen) * BATCH_LINES);
          expect(cursor.isIdle).toBe(open.size === 0);
        }
      }),
    );
  });

  it('is not moved by an end that nothing taken has', () => {
    const cursor = new Cursor(8);
    cursor.take(108, 1);
    expect(cursor.settle(99)).toBe(false);
    expect(cursor.offset).toBe(8);
  });
});

describe('the file of a cursor', () => {
  let folder: string;

  beforeEach(() => {
    folder = makeFolder();
  });

  afterEach(() => {
    removeFolder(folder);
  });

  it('is read as it was written, and is the only one left', async () => {
    const path = join(folder, 'one.segment');
    await writeCursor(path, 1234);
    await writeCursor(path, 5678);
    expect(await readCursor(path)).toBe(5678);
    expect(readdirSync(folder)).toEqual(['one.segment.cursor']);
    expect(readFileSync(`${path}.cursor`, 'utf8')).toBe('5678');
  });

  it('counts as the begin where it is missing', async () => {
    expect(await readCursor(join(folder, 'one.segment'))).toBe(SEGMENT_MAGIC.length);
  });
});
