import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeFolder as makePrivateFolder } from '../../src/process/private-files.ts';
import { Delivery } from '../../src/sending/delivery.ts';
import { encodeFrameSync, SEGMENT_MAGIC } from '../../src/spool/segment/frame.ts';
import { FolderLock } from '../../src/spool/lock.ts';
import { readSpoolSegment } from '../../src/spool/reader.ts';
import { expectBalance, lineOf, quiet, recordLines } from '../sending/support/lines.ts';
import { AWAY, ScriptedWire } from '../sending/support/scripted-wire.ts';
import { makeFolder, removeFolder, segmentsIn } from './support/spool-folder.ts';

const QUEUE = 'queue-host-1-0-aaaaaaaaaaaa';
const SEGMENT = '000000000000001-000001-aaaaaaaaaaaa.segment';

let folder: string;
let elsewhere: string;

beforeEach(() => {
  folder = makeFolder();
  elsewhere = makeFolder();
});

afterEach(() => {
  removeFolder(folder);
  removeFolder(elsewhere);
});

/** A segment of one line that says it has some number of them. */
function segment(lineCount = 1, recordedAtMs = Date.now()): Buffer {
  return Buffer.concat([SEGMENT_MAGIC, encodeFrameSync({ bytes: Buffer.from(lineOf(4711)), lineCount }, recordedAtMs)]);
}

/** A queue of a process that is dead. */
function deadQueue(name = QUEUE): string {
  const path = join(folder, name);
  mkdirSync(path);
  new FolderLock(path).release();
  return path;
}

async function deliverFresh(): Promise<{ delivery: Delivery; wire: ScriptedWire }> {
  const wire = new ScriptedWire();
  const delivery = new Delivery(wire, quiet({ spoolFolder: folder, durability: 'wal' }));
  await new Promise((resolve) => setTimeout(resolve, 50));
  recordLines(delivery, 0, 5);
  await delivery.flush();
  return { delivery, wire };
}

async function untilGone(path: string): Promise<void> {
  await vi.waitFor(
    () => {
      expect(existsSync(path)).toBe(false);
    },
    { timeout: 25_000 },
  );
}

describe('a spool folder that others write to', () => {
  it.each<[string, (path: string) => void]>([
    ['a pipe', (path) => execFileSync('mkfifo', [path])],
    [
      'a pipe as owner',
      (path) => execFileSync('sh', ['-c', `rm ${join(path, '../owner.json')}; mkfifo ${join(path, '../owner.json')}`]),
    ],
    ['a pipe as cursor', (path) => (writeFileSync(path, segment()), execFileSync('mkfifo', [`${path}.cursor`]))],
    [
      'a link to a device',
      (path) => {
        symlinkSync('/dev/zero', path);
      },
    ],
    [
      'a link as owner',
      (path) =>
        execFileSync('sh', ['-c', `rm ${join(path, '../owner.json')}; ln -s /dev/zero ${join(path, '../owner.json')}`]),
    ],
    [
      'a sparse file of a GiB',
      (path) => {
        writeFileSync(path, SEGMENT_MAGIC);
        truncateSync(path, 2 ** 30);
      },
    ],
    [
      'a sparse file that is not too large',
      (path) => {
        writeFileSync(path, segment());
        truncateSync(path, 2 ** 24);
      },
    ],
    [
      'too many lines by its own word',
      (path) => {
        writeFileSync(path, segment(4_000_000_000));
      },
    ],
    [
      'no lines by its own word',
      (path) => {
        writeFileSync(path, segment(0));
      },
    ],
    [
      'a time that is none',
      (path) => {
        writeFileSync(path, segment(1, NaN));
      },
    ],
    [
      'a time to come',
      (path) => {
        writeFileSync(path, segment(1, 8e15));
      },
    ],
    [
      'a folder',
      (path) => {
        mkdirSync(path);
      },
    ],
    [
      'an empty file',
      (path) => {
        writeFileSync(path, '');
      },
    ],
    [
      'a file of many magics of gzip',
      (path) => {
        writeFileSync(
          path,
          Buffer.concat([
            SEGMENT_MAGIC,
            Buffer.from('00ffff0000000000000000000000000000000000001f8b0800'.repeat(300_000), 'hex'),
          ]),
        );
      },
    ],
  ])('does not keep fresh points, with %s in it', async (_what, make) => {
    make(join(deadQueue(), SEGMENT));
    const { delivery, wire } = await deliverFresh();
    expect([...wire.stored].filter((line) => line !== lineOf(4711))).toHaveLength(5);
    await delivery.stop();
    const { delivered, deadLettered, oldestPendingMs, adopted } = delivery.stats();
    expect({ delivered, deadLettered }).toEqual({ delivered: wire.stored.size, deadLettered: 0 });
    expect(adopted).toBeLessThanOrEqual(1);
    expect(oldestPendingMs).toBeLessThan(60_000);
    expectBalance(delivery);
  });

  it('has empty segments taken away, and fresh points delivered meanwhile', async () => {
    const queue = deadQueue();
    for (let index = 0; index < 1000; index += 1) {
      const name = `${String(index).padStart(15, '0')}-000002-aaaaaaaaaaaa.segment`;
      writeFileSync(join(queue, name), index % 2 === 0 ? '' : SEGMENT_MAGIC);
    }
    const { delivery, wire } = await deliverFresh();
    expect(wire.stored.size).toBe(5);
    await untilGone(queue);
    await delivery.stop();
    expect(delivery.stats()).toMatchObject({ adopted: 0, delivered: 5 });
  });

  it('delivers fresh points in time, and in little memory, beside 100,000 empty segments', async () => {
    const queue = deadQueue();
    const names = "seq -f '%015.0f-000001-aaaaaaaaaaaa.segment' 100000 | xargs touch";
    execFileSync('sh', ['-c', names], { cwd: queue });
    const bytesBefore = process.memoryUsage.rss();
    const { delivery, wire } = await deliverFresh();
    // They are delivered beside that, not after it.
    expect(wire.stored.size).toBe(5);
    expect(readdirSync(queue).length).toBeGreaterThan(0);
    let maxBytes = 0;
    let turnCount = 0;
    await vi.waitFor(
      () => {
        turnCount += 1;
        maxBytes = Math.max(maxBytes, process.memoryUsage.rss());
        expect(existsSync(queue)).toBe(false);
      },
      { timeout: 100_000 },
    );
    expect(maxBytes - bytesBefore).toBeLessThan(200 * 1024 * 1024);
    expect(turnCount).toBeGreaterThan(1);
    await delivery.stop();
    expect(delivery.stats()).toMatchObject({ adopted: 0, delivered: 5, spoolBytes: 0, spooled: 0 });
  }, 120_000);

  it('takes away what stands beside an empty segment', async () => {
    const queue = deadQueue();
    writeFileSync(join(queue, 'notes.txt'), 'important');
    writeFileSync(join(queue, SEGMENT), '');
    writeFileSync(join(queue, `${SEGMENT}.cursor`), '8');
    const { delivery } = await deliverFresh();
    await untilGone(join(queue, `${SEGMENT}.cursor`));
    await delivery.stop();
    expect(readdirSync(queue).sort()).toEqual(['notes.txt', 'owner.json']);
  });

  it('moves nothing out of it by a link in the place of its own folder', async () => {
    const path = join(deadQueue(), SEGMENT);
    writeFileSync(path, 'something else, of another program or version');
    symlinkSync(elsewhere, join(folder, 'broken'));
    const delivery = new Delivery(new ScriptedWire(), quiet({ spoolFolder: folder }));
    await new Promise<void>((resolve) => {
      delivery.on('spool', ({ reason }) => {
        if (reason.includes('is no folder of ours')) resolve();
      });
    });
    await delivery.stop();
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(readFileSync(path, 'utf8')).toBe('something else, of another program or version');
  });

  it('keeps what is not ours', async () => {
    for (const name of ['queue-jobs', 'queue-host-1-0-xyz', 'queue-', 'other']) {
      deadQueue(name);
      writeFileSync(join(folder, name, 'job.json'), 'important');
    }
    const mixed = deadQueue();
    writeFileSync(join(mixed, 'notes.txt'), 'important');
    writeFileSync(join(mixed, SEGMENT), segment());
    new FolderLock(elsewhere).release();
    writeFileSync(join(elsewhere, SEGMENT), segment());
    symlinkSync(elsewhere, join(folder, 'queue-host-2-0-bbbbbbbbbbbb'));
    const second = deadQueue('queue-host-3-0-cccccccccccc');
    linkSync(join(elsewhere, SEGMENT), join(second, SEGMENT));
    const { delivery, wire } = await deliverFresh();
    await untilGone(join(mixed, SEGMENT));
    await delivery.flush();
    await delivery.stop();
    for (const name of ['queue-jobs', 'queue-host-1-0-xyz', 'queue-', 'other']) {
      expect(readFileSync(join(folder, name, 'job.json'), 'utf8')).toBe('important');
    }
    expect(readdirSync(mixed)).toContain('notes.txt');
    expect(readdirSync(elsewhere).sort()).toEqual([SEGMENT, 'owner.json']);
    expect(readFileSync(join(second, SEGMENT))).toEqual(readFileSync(join(elsewhere, SEGMENT)));
    expect(wire.stored.size).toBe(6);
  });

  it('is read by tools only where its files are ours to read', async () => {
    const path = join(deadQueue(), SEGMENT);
    execFileSync('mkfifo', [path]);
    await expect(readSpoolSegment(path)).rejects.toThrow('not a regular file');
  });
});

it('is for nobody else to read', async () => {
  const spoolFolder = join(folder, 'a/b');
  const delivery = new Delivery(new ScriptedWire(() => AWAY), quiet({ spoolFolder, durability: 'wal' }));
  recordLines(delivery, 0, 5);
  await delivery.flush();
  const [path = ''] = segmentsIn(spoolFolder);
  const modeOf = (each: string): number => statSync(each).mode & 0o777;
  expect([modeOf(join(folder, 'a')), modeOf(spoolFolder), modeOf(join(path, '..'))]).toEqual([0o700, 0o700, 0o700]);
  expect([modeOf(path), modeOf(join(path, '../owner.json'))]).toEqual([0o600, 0o600]);
  await delivery.stop();
});

it('fails at once where no folder can be made', () => {
  for (const path of ['/proc/spool', '/proc/self/spool/below', '/dev/null/spool']) {
    expect(() => {
      makePrivateFolder(path);
    }, path).toThrow();
  }
});
