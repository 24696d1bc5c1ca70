import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrameSync, SEGMENT_MAGIC } from '../../src/spool/segment/frame.ts';
import { FolderLock } from '../../src/spool/lock.ts';
import { OWNER_FILE } from '../../src/spool/names.ts';
import { claimDeadFolder } from '../../src/spool/lock.ts';
import { listSpoolQueues, readSpoolSegment } from '../../src/spool/reader.ts';
import { makeFolder, removeFolder } from './support/spool-folder.ts';

const RECORDED_AT_MS = 1_700_000_000_000;
const frameOf = (text: string): Buffer =>
  encodeFrameSync({ bytes: Buffer.from(text), lineCount: text.split('\n').length }, RECORDED_AT_MS);
const FRAMES = [frameOf('a f=1 1\nb f=2 2'), frameOf('c f=3 3')];
const FIRST_END = SEGMENT_MAGIC.length + (FRAMES[0]?.length ?? 0);

let root: string;
let queue: string;

beforeEach(() => {
  root = makeFolder();
  queue = join(root, 'queue-host-1-0-abc');
  mkdirSync(queue);
});

afterEach(() => {
  removeFolder(root);
});

function writeSegment(bytes = Buffer.concat([SEGMENT_MAGIC, ...FRAMES]), name = '1-1-abc.segment'): string {
  const path = join(queue, name);
  writeFileSync(path, bytes);
  return path;
}

async function textsOf(path: string): Promise<string[]> {
  const segment = await readSpoolSegment(path);
  const texts: string[] = [];
  for await (const { bytes } of segment.batches()) texts.push(bytes.toString());
  return texts;
}

describe('listSpoolQueues', () => {
  it('names the segments of each queue, oldest first, and nothing else', () => {
    const second = writeSegment(undefined, '2-1-abc.segment');
    const first = writeSegment();
    writeFileSync(`${first}.cursor`, '8');
    mkdirSync(join(root, 'dead-letters'));
    expect(listSpoolQueues(root)).toEqual([{ path: queue, segmentPaths: [first, second] }]);
  });

  it('finds none where there is no folder, and fails where one cannot be read', () => {
    expect(listSpoolQueues(join(root, 'none'))).toEqual([]);
    expect(() => listSpoolQueues(writeSegment())).toThrow('ENOTDIR');
  });
});

describe('readSpoolSegment', () => {
  it('reads what was not delivered yet, and leaves the files as they are', async () => {
    const path = writeSegment();
    expect(await textsOf(path)).toEqual(['a f=1 1\nb f=2 2', 'c f=3 3']);
    writeFileSync(`${path}.cursor`, String(FIRST_END));
    expect(await textsOf(path)).toEqual(['c f=3 3']);
    expect(await readSpoolSegment(path)).toMatchObject({ state: 'sound', lineCount: 1, oldestAtMs: RECORDED_AT_MS });
    expect(readdirSync(queue)).toHaveLength(2);
  });

  it('gives what was added since an earlier reading, however far it is delivered by then', async () => {
    const [first = Buffer.of(), second = Buffer.of()] = FRAMES;
    const path = writeSegment(Buffer.concat([SEGMENT_MAGIC, first, second.subarray(0, 9)]));
    const { endOffset, state } = await readSpoolSegment(path);
    expect([endOffset, state]).toEqual([FIRST_END, 'torn']);
    const addedSince = async (offset: number): Promise<string[]> => {
      const texts: string[] = [];
      for await (const { bytes } of (await readSpoolSegment(path)).batches(offset)) texts.push(bytes.toString());
      return texts;
    };
    expect(await addedSince(endOffset)).toEqual([]);
    writeSegment();
    expect(await addedSince(endOffset)).toEqual(['c f=3 3']);
    writeFileSync(`${path}.cursor`, String(FIRST_END + second.length));
    expect(await addedSince(endOffset)).toEqual([]);
    expect((await readSpoolSegment(writeSegment(SEGMENT_MAGIC))).endOffset).toBe(SEGMENT_MAGIC.length);
  });

  it('passes over a frame whose bytes changed, and says that the segment is broken', async () => {
    const path = writeSegment();
    const bytes = readFileSync(path);
    bytes[FIRST_END - 1] = (bytes[FIRST_END - 1] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect(await textsOf(path)).toEqual(['c f=3 3']);
    expect(await readSpoolSegment(path)).toMatchObject({ state: 'broken', lineCount: 1 });
  });
});

describe('claimDeadFolder', () => {
  it('gives the queue of a dead process to one at a time, and none of a living one', () => {
    const lock = new FolderLock(queue);
    expect(claimDeadFolder(queue)).toBeUndefined();
    lock.release();
    const claim = claimDeadFolder(queue);
    expect(claim).toBeDefined();
    expect(claimDeadFolder(queue)).toBeUndefined();
    claim?.release();
    expect(readdirSync(queue)).toEqual([OWNER_FILE]);
  });
});
