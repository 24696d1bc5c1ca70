import fc from 'fast-check';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ONE_BATCH } from '../../src/batch/block.ts';
import { Delivery } from '../../src/sending/delivery.ts';
import { QueueFolder } from '../../src/spool/folder.ts';
import { encodeFrameSync, SEGMENT_MAGIC } from '../../src/spool/segment/frame.ts';
import { inspectSegment } from '../../src/spool/segment/inspect.ts';
import { claimDeadFolder, FolderLock, HEARTBEAT_INTERVAL_MS } from '../../src/spool/lock.ts';
import { readBatch } from '../../src/spool/read-batch.ts';
import { Segment } from '../../src/spool/segment/segment.ts';
import { quiet, range } from '../sending/support/lines.ts';
import { ScriptedWire } from '../sending/support/scripted-wire.ts';
import { makeFolder, removeFolder } from './support/spool-folder.ts';

let folder: string;

beforeEach(() => {
  folder = makeFolder();
});

afterEach(() => {
  vi.useRealTimers();
  removeFolder(folder);
});

const frameOf = (text: string): Buffer =>
  encodeFrameSync({ bytes: Buffer.from(text), lineCount: text.split('\n').length }, 1_700_000_000_000);
const FRAMES = [frameOf('a f=1 1\nb f=2 2'), frameOf('c f=3 3'), frameOf('d f=4 4\ne f=5 5\nf f=6 6')];
const WHOLE = Buffer.concat([SEGMENT_MAGIC, ...FRAMES]);
const [FIRST_END = 0, SECOND_END = 0, THIRD_END = 0] = range(1, 4).map(
  (count) => SEGMENT_MAGIC.length + Buffer.concat(FRAMES.slice(0, count)).length,
);

describe('a segment that is inspected', () => {
  it('has the lines from its cursor on', () => {
    expect(inspectSegment(WHOLE, SEGMENT_MAGIC.length)).toMatchObject({ state: 'sound', lineCount: 6 });
    expect(inspectSegment(WHOLE, FIRST_END)).toMatchObject({ state: 'sound', lineCount: 4, cursor: FIRST_END });
    expect(inspectSegment(WHOLE, THIRD_END)).toMatchObject({ state: 'sound', lineCount: 0 });
  });

  it.each([0, 1, NaN, 10 ** 9])('starts again where its cursor is %d, which fits no frame', (cursor) => {
    expect(inspectSegment(WHOLE, cursor)).toMatchObject({ lineCount: 6, cursor: SEGMENT_MAGIC.length });
  });

  it('keeps the whole frames wherever it is cut, and never takes a part of one for a whole', () => {
    for (const size of range(0, WHOLE.length)) {
      const { state, frames } = inspectSegment(WHOLE.subarray(0, size), SEGMENT_MAGIC.length);
      const wholeCount = [FIRST_END, SECOND_END, THIRD_END].filter((end) => end <= size).length;
      const isAtEnd = [SEGMENT_MAGIC.length, FIRST_END, SECOND_END].includes(size);
      expect({ size, state, count: frames.length }).toEqual({
        size,
        state: isAtEnd ? 'sound' : 'torn',
        count: wholeCount,
      });
    }
  });

  it('never gives a frame of which a byte changed', () => {
    fc.assert(
      fc.property(fc.nat(WHOLE.length - 1), fc.integer({ min: 1, max: 255 }), (offset, change) => {
        const bytes = Buffer.from(WHOLE);
        bytes[offset] = (bytes[offset] ?? 0) ^ change;
        const { state, frames } = inspectSegment(bytes, SEGMENT_MAGIC.length);
        expect(state).not.toBe('sound');
        for (const { start, end } of frames)
          expect(bytes.subarray(start, end).equals(WHOLE.subarray(start, end))).toBe(true);
      }),
    );
  });

  it('is broken where a frame cannot be one, and has those after it', () => {
    const bytes = Buffer.from(WHOLE);
    bytes.writeUInt32LE(0xffff_ffff, FIRST_END);
    expect(inspectSegment(bytes, SEGMENT_MAGIC.length)).toMatchObject({ state: 'broken', lineCount: 5 });
  });
});

describe('a segment', () => {
  it('fails to be read where it is shorter than it was, or has no frame', async () => {
    const segment = Segment.create(join(folder, 'one.segment'));
    segment.append(FRAMES[0] ?? Buffer.of(), { lineCount: 2, recordedAtMs: 1 }, false);
    writeFileSync(segment.path, WHOLE.subarray(0, FIRST_END - 5));
    await expect(segment.peek(ONE_BATCH)).rejects.toThrow('the file is shorter than it was');
    writeFileSync(segment.path, Buffer.concat([SEGMENT_MAGIC, Buffer.alloc(FIRST_END)]));
    await expect(segment.peek(ONE_BATCH)).rejects.toThrow('no frame where one should be');
    writeFileSync(
      segment.path,
      WHOLE.map((byte, index) => (index === FIRST_END - 1 ? byte ^ 1 : byte)),
    );
    await expect(segment.peek(ONE_BATCH)).rejects.toThrow('the checksum of a frame is wrong');
    segment.close();
  });

  it('gives many small frames for a few turns of a busy event loop', async () => {
    const segment = Segment.create(join(folder, 'one.segment'));
    for (let count = 0; count < 200; count += 1) {
      segment.append(FRAMES[0] ?? Buffer.of(), { lineCount: 2, recordedAtMs: 1 }, false);
    }
    let turnCount = 0;
    const spinner = setInterval(() => {
      turnCount += 1;
      const startedAtMs = performance.now();
      // Whatever threads have to do is done within the turn.
      while (performance.now() - startedAtMs < 30);
    });
    const batch = await readBatch(segment, ONE_BATCH, () => undefined);
    clearInterval(spinner);
    expect(batch?.lineCount).toBe(400);
    expect(turnCount).toBeLessThanOrEqual(4);
    segment.close();
  });

  it('holds what its frames say they come to, however much they would', async () => {
    const segment = Segment.create(join(folder, 'one.segment'));
    const frame = encodeFrameSync({ bytes: Buffer.alloc(100_000, 'x'), lineCount: 1 }, 1);
    frame.writeUInt32LE(10, frame.length - 4);
    frame.writeUInt32LE(crc32(frame.subarray(8)), 4);
    segment.append(frame, { lineCount: 1, recordedAtMs: 1 }, false);
    await expect(readBatch(segment, ONE_BATCH, () => undefined)).rejects.toThrow(
      'Cannot create a Buffer larger than 10',
    );
    segment.close();
  });

  it('notes how far it is acknowledged, and nothing once it is gone', async () => {
    const segment = Segment.create(join(folder, 'one.segment'));
    const end = segment.append(FRAMES[0] ?? Buffer.of(), { lineCount: 2, recordedAtMs: 1 }, false);
    segment.append(FRAMES[1] ?? Buffer.of(), { lineCount: 1, recordedAtMs: 2 }, false);
    segment.take(end, 2);
    await segment.acknowledge(end);
    expect(readFileSync(`${segment.path}.cursor`, 'utf8')).toBe(String(FIRST_END));
    await segment.remove();
    await segment.acknowledge(end);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the folder of a process', () => {
  it('has a heartbeat', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const queue = new QueueFolder(folder);
    queue.prepare();
    const owner = join(queue.path, 'owner.json');
    utimesSync(owner, 1, 1);
    await queue.beat();
    expect(statSync(owner).mtimeMs).toBe(1000);
    vi.advanceTimersByTime(HEARTBEAT_INTERVAL_MS);
    await queue.beat();
    expect(Date.now() - statSync(owner).mtimeMs).toBeLessThan(10_000);
    queue.leave();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is made anew where somebody took it away', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const queue = new QueueFolder(folder);
    queue.createSegment().close();
    rmSync(queue.path, { recursive: true });
    expect(() => queue.createSegment()).toThrow('ENOENT');
    vi.advanceTimersByTime(HEARTBEAT_INTERVAL_MS);
    await queue.beat();
    queue.createSegment().close();
    expect(existsSync(join(queue.path, 'owner.json'))).toBe(true);
    queue.leave();
  });

  it('is claimed by one at a time, once its owner is gone', () => {
    const path = join(folder, 'queue-test');
    mkdirSync(path);
    const lock = new FolderLock(path);
    expect(claimDeadFolder(path)).toBeUndefined();
    lock.release();
    const claim = claimDeadFolder(path);
    expect(claim).toBeDefined();
    expect(claimDeadFolder(path)).toBeUndefined();
    claim?.release();
    const second = claimDeadFolder(path);
    expect(second).toBeDefined();
    second?.release();
  });

  it.each(['', '{', '[]', '{"place":1}'])('that has %j for an owner is claimed a minute after it changed', (text) => {
    const path = join(folder, 'queue-test');
    mkdirSync(path);
    const owner = join(path, 'owner.json');
    writeFileSync(owner, text);
    expect(claimDeadFolder(path)).toBeUndefined();
    utimesSync(owner, Date.now() / 1000 - 61, Date.now() / 1000 - 61);
    const claim = claimDeadFolder(path);
    expect(claim).toBeDefined();
    claim?.release();
  });

  it('without an owner is claimed a minute after it was made', () => {
    const path = join(folder, 'queue-test');
    mkdirSync(path);
    expect(claimDeadFolder(path)).toBeUndefined();
    utimesSync(path, Date.now() / 1000 - 61, Date.now() / 1000 - 61);
    expect(claimDeadFolder(path)).toBeDefined();
    expect(claimDeadFolder(join(folder, 'nothing'))).toBeUndefined();
  });
});

it('tells of one of the segments in a folder that are not its own', async () => {
  const queue = new QueueFolder(folder);
  queue.prepare();
  const names = ['000000000000001-000001-x.segment', '000000000000002-000001-x.segment'];
  for (const name of names) mkdirSync(join(queue.path, name));
  queue.leave();
  const delivery = new Delivery(new ScriptedWire(), quiet({ spoolFolder: folder }));
  const told: string[] = [];
  await new Promise<void>((resolve) => {
    delivery.on('spool', ({ change, reason }) => {
      if (change !== 'broken') return;
      told.push(reason);
      setImmediate(resolve);
    });
  });
  await delivery.stop();
  expect(told).toEqual([expect.stringContaining(`${names[0] ?? ''} is left where it is`)]);
  expect(readdirSync(queue.path)).toEqual(expect.arrayContaining(names));
});

it('leaves a segment that it cannot adopt, and says so', async () => {
  const queue = new QueueFolder(folder);
  queue.prepare();
  mkdirSync(join(queue.path, '000000000000001-000001-x.segment'));
  queue.leave();
  const options = quiet({ spoolFolder: folder });
  const delivery = new Delivery(new ScriptedWire(), options);
  await new Promise<void>((resolve) => {
    delivery.on('spool', ({ change }) => {
      if (change === 'broken') resolve();
    });
  });
  expect(options.log.lines).toEqual([expect.stringMatching(/a segment of the spool is broken.*EISDIR/)]);
  await delivery.stop();
});
