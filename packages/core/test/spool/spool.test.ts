import { randomBytes } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Delivery } from '../../src/sending/delivery.ts';
import { UPKEEP_INTERVAL_MS } from '../../src/queue/upkeep.ts';
import type { DeliveryOptions, Durability } from '../../src/sending/delivery-options.ts';
import type { Outcome, Wire } from '../../src/batch/outcome.ts';
import { expectBalance, lineOf, numbersOf, quiet, range, recordLines } from '../sending/support/lines.ts';
import { AWAY, DELIVERED, hang, ScriptedWire } from '../sending/support/scripted-wire.ts';
import { makeFolder, putBack, removeFolder, segmentsIn } from './support/spool-folder.ts';

const LARGEST_DELAY = { minRetryDelayMs: 3_600_000, maxRetryDelayMs: 3_600_000 };

let folder: string;
const deliveries: Delivery[] = [];

beforeEach(() => {
  folder = makeFolder();
});

afterEach(async () => {
  for (const delivery of deliveries.splice(0)) await delivery.stop({ timeoutMs: 0 });
  removeFolder(folder);
});

function deliver(wire: Wire, options: DeliveryOptions = {}): Delivery {
  const delivery = new Delivery(wire, quiet({ spoolFolder: folder, ...LARGEST_DELAY, ...options }));
  deliveries.push(delivery);
  return delivery;
}

/** Resolves with the first event of the spool that tells of a change. */
function changeOf(delivery: Delivery, change: string): Promise<unknown> {
  return new Promise((resolve) => {
    const off = delivery.on('spool', (event) => {
      if (event.change !== change) return;
      off();
      resolve(event);
    });
  });
}

/** Leaves lines in the spool as a process does that ends while the database is away. */
async function leaveBehind(start: number, end: number, options: DeliveryOptions = {}): Promise<void> {
  const delivery = deliver(new ScriptedWire(() => AWAY), options);
  recordLines(delivery, start, end);
  expect(await delivery.stop()).toEqual({ delivered: 0, spooled: end - start, lost: 0 });
  expectBalance(delivery);
}

/** What a new process gets out of the folder. */
async function readBack(options: DeliveryOptions = {}): Promise<{ delivery: Delivery; wire: ScriptedWire }> {
  const wire = new ScriptedWire();
  const delivery = deliver(wire, options);
  await changeOf(delivery, 'adopted');
  await delivery.flush();
  return { delivery, wire };
}

describe('what a process leaves behind', () => {
  it('is adopted by the next one, in order, and its files are gone after that', async () => {
    await leaveBehind(0, 12_000);
    expect(segmentsIn(folder)).toHaveLength(1);
    const { delivery, wire } = await readBack();
    expect(numbersOf(wire.stored)).toEqual(range(0, 12_000));
    expect(delivery.stats()).toMatchObject({
      recorded: 0,
      adopted: 12_000,
      delivered: 12_000,
      pending: 0,
      spoolBytes: 0,
    });
    await delivery.stop();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is told in the log when it is taken over, with how many points that are', async () => {
    await leaveBehind(0, 100);
    const options = quiet({ spoolFolder: folder });
    const delivery = new Delivery(new ScriptedWire(), options);
    deliveries.push(delivery);
    await changeOf(delivery, 'adopted');
    const infos = options.log.lines.filter((line) => line.includes('taken over'));
    expect(infos).toEqual([
      'influx-monitoring: 100 points of a process that has ended were taken over [MON_SPOOL_ADOPTED]',
    ]);
  });

  it('takes a fifteenth of the disk that its lines would', async () => {
    await leaveBehind(0, 12_000);
    const [segment = ''] = segmentsIn(folder);
    expect(readFileSync(segment).length).toBeLessThan((12_000 * lineOf(0).length) / 8);
  });

  it('keeps its order over several processes', async () => {
    await leaveBehind(0, 100);
    await leaveBehind(100, 200);
    await leaveBehind(200, 300);
    const { wire } = await readBack();
    expect(numbersOf(wire.stored)).toEqual(range(0, 300));
  });

  it('is not taken from a process that lives', async () => {
    const living = deliver(new ScriptedWire(() => AWAY));
    recordLines(living, 0, 100);
    await living.flush();
    await changeOf(living, 'spilled');
    await leaveBehind(100, 200);
    const { wire } = await readBack();
    expect(numbersOf(wire.stored)).toEqual(range(100, 200));
    expect(living.stats()).toMatchObject({ pending: 100, spooled: 100 });
  });

  it('is adopted by one process alone where many start at once', async () => {
    for (const start of [0, 100, 200, 300, 400]) await leaveBehind(start, start + 100);
    const wires = range(0, 5).map(() => new ScriptedWire());
    const all = wires.map((wire) => deliver(wire));
    await Promise.race(all.map((delivery) => changeOf(delivery, 'adopted')));
    for (const delivery of all) await delivery.stop();
    if (segmentsIn(folder).length > 0) wires.push((await readBack()).wire);
    const attempted = wires.flatMap(({ attempts }) => attempts.flat());
    expect(numbersOf(attempted).sort((one, other) => one - other)).toEqual(range(0, 500));
  });

  it('is in one count at any time while it is read', async () => {
    await leaveBehind(0, 20_000);
    const delivery = deliver(new ScriptedWire());
    await changeOf(delivery, 'adopted');
    const flushed = delivery.flush();
    let turnCount = 0;
    while (delivery.stats().pending > 0) {
      expectBalance(delivery);
      turnCount += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await flushed;
    expect(turnCount).toBeGreaterThan(5);
    expect(delivery.stats()).toMatchObject({ delivered: 20_000, pending: 0 });
  });

  it('is not sent any more once stop() has left it to others', async () => {
    await leaveBehind(0, 12_000);
    const wire = new ScriptedWire();
    const delivery = deliver(wire);
    await changeOf(delivery, 'adopted');
    delivery.tick();
    const { delivered, spooled, lost } = await delivery.stop({ timeoutMs: 0 });
    expect({ all: delivered + spooled, lost }).toEqual({ all: 12_000, lost: 0 });
    expect(spooled).toBeGreaterThan(0);
    const attempted = wire.attempts.length;
    const { wire: next } = await readBack();
    expect(next.stored.size).toBe(spooled);
    expect(wire.attempts.length).toBe(attempted);
  });

  it('is sent again from the last acknowledged batch on, no more', async () => {
    const wire = new ScriptedWire((_lines, attempt) => (attempt <= 2 ? DELIVERED : AWAY));
    const first = deliver(wire, { durability: 'wal' });
    recordLines(first, 0, 20_000);
    await first.flush();
    expect(first.stats()).toMatchObject({ delivered: 10_000, spooled: 10_000 });
    expect(await first.stop()).toMatchObject({ spooled: 10_000 });
    const { wire: second } = await readBack();
    expect(numbersOf(second.stored)).toEqual(range(10_000, 20_000));
  });
});

describe('the end of a segment that was being written', () => {
  /** Every way in which a crash can leave the last frame. */
  it('is cut at the last frame that is whole, wherever it ends', async () => {
    const delivery = deliver(new ScriptedWire(hang), { durability: 'wal' });
    const sizes: number[] = [];
    for (const round of range(0, 3)) {
      recordLines(delivery, round * 10, round * 10 + 10);
      const spilled = changeOf(delivery, 'spilled');
      delivery.tick();
      await spilled;
      sizes.push(readFileSync(segmentsIn(folder)[0] ?? '').length);
    }
    await delivery.stop({ timeoutMs: 0 });
    const [path = ''] = segmentsIn(folder);
    const bytes = readFileSync(path);
    const [, secondEnd = 0, thirdEnd = 0] = sizes;
    for (let size = secondEnd; size < thirdEnd; size += 13) {
      writeFileSync(path, bytes.subarray(0, size));
      const { wire, delivery: next } = await readBack();
      expect(numbersOf(wire.stored), `cut at ${String(size)}`).toEqual(range(0, 20));
      await next.stop();
      putBack(path, bytes);
    }
    expect(existsSync(join(folder, 'broken'))).toBe(false);
  });
});

describe('a segment that broke', () => {
  it('is kept aside, and its other frames are delivered', async () => {
    const delivery = deliver(new ScriptedWire(hang), { durability: 'wal' });
    for (const round of range(0, 3)) {
      recordLines(delivery, round * 10, round * 10 + 10);
      const spilled = changeOf(delivery, 'spilled');
      delivery.tick();
      await spilled;
    }
    await delivery.stop({ timeoutMs: 0 });
    const [path = ''] = segmentsIn(folder);
    const bytes = readFileSync(path);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
    writeFileSync(path, bytes);
    const { wire, delivery: next } = await readBack();
    expect(numbersOf(wire.stored)).toEqual([...range(0, 10), ...range(20, 30)]);
    const [name = ''] = readdirSync(join(folder, 'broken'));
    expect(readFileSync(join(folder, 'broken', name)).equals(bytes)).toBe(true);
    expectBalance(next);
  });

  it.each<[string, (bytes: Buffer, start: number, end: number) => void]>([
    ['a byte of its lines', (bytes, _start, end) => (bytes[end - 12] = (bytes[end - 12] ?? 0) ^ 0xff)],
    ['its checksum', (bytes, start) => bytes.writeUInt32LE(0, start + 4)],
    ['its length', (bytes, start) => bytes.writeUInt32LE(0xffff_ffff, start)],
    ['its count of lines', (bytes, start) => bytes.writeUInt32LE(4_000_000_000, start + 8)],
    ['all of it', (bytes, start, end) => bytes.fill(0, start, end)],
  ])('while it was in use, in %s, costs the frame alone, counted', async (_what, spoil) => {
    const wire = new ScriptedWire(() => AWAY);
    const delivery = deliver(wire, { durability: 'wal' });
    // The first frame is under way, the others are not read yet.
    const ends: number[] = [];
    for (const round of range(0, 5)) {
      recordLines(delivery, round * 10, round * 10 + 10);
      const spilled = changeOf(delivery, 'spilled');
      delivery.tick();
      await spilled;
      if (round === 0) await delivery.flush();
      ends.push(statSync(segmentsIn(folder)[0] ?? '').size);
    }
    const [path = ''] = segmentsIn(folder);
    const bytes = readFileSync(path);
    spoil(bytes, ends[2] ?? 0, ends[3] ?? 0);
    writeFileSync(path, bytes);
    wire.answer = () => DELIVERED;
    await delivery.flush();
    expect(numbersOf(wire.stored)).toEqual([...range(0, 30), ...range(40, 50)]);
    expect(delivery.stats()).toMatchObject({ pending: 0, dropped: 10, drops: [{ reason: 'spool_broken', count: 10 }] });
    expectBalance(delivery);
    const [kept = ''] = readdirSync(join(folder, 'broken'));
    expect(readFileSync(join(folder, 'broken', kept)).equals(bytes)).toBe(true);
  });

  it('is kept aside whole where it is no segment at all', async () => {
    await leaveBehind(0, 10);
    const [path = ''] = segmentsIn(folder);
    writeFileSync(path, 'something else, of another program or version');
    const options = quiet({ spoolFolder: folder });
    const delivery = new Delivery(new ScriptedWire(), options);
    deliveries.push(delivery);
    await changeOf(delivery, 'broken');
    await delivery.stop();
    expect(readdirSync(join(folder, 'broken'))).toHaveLength(1);
    expect(segmentsIn(folder)).toEqual([]);
  });

  it('while it was in use costs what was not read, counted', async () => {
    const wire = new ScriptedWire(() => AWAY);
    const delivery = deliver(wire);
    recordLines(delivery, 0, 10);
    await delivery.flush();
    const spilled = changeOf(delivery, 'spilled');
    recordLines(delivery, 10, 6000);
    await spilled;
    const [path = ''] = segmentsIn(folder);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0, 400));
    wire.answer = () => DELIVERED;
    await delivery.flush();
    expect(numbersOf(wire.stored)).toEqual(range(0, 10));
    expect(delivery.stats().drops).toEqual([{ series: '', reason: 'spool_broken', count: 5990 }]);
    expectBalance(delivery);
    expect(readdirSync(join(folder, 'broken'))).toHaveLength(1);
    recordLines(delivery, 6000, 6010);
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ delivered: 20, pending: 0 });
  });
});

describe('the spool', () => {
  it('is not touched while the database takes what comes', async () => {
    const delivery = deliver(new ScriptedWire());
    recordLines(delivery, 0, 20_000);
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ delivered: 20_000, spoolBytes: 0 });
    expect(segmentsIn(folder)).toEqual([]);
  });

  it('takes the batch under way and all that comes while the database is away', async () => {
    const wire = new ScriptedWire(() => AWAY);
    const delivery = deliver(wire);
    recordLines(delivery, 0, 10);
    await delivery.flush();
    recordLines(delivery, 10, 100);
    await changeOf(delivery, 'spilled');
    expect(delivery.stats()).toMatchObject({ pending: 100, spooled: 100 });
    recordLines(delivery, 100, 200);
    await changeOf(delivery, 'spilled');
    wire.answer = () => DELIVERED;
    recordLines(delivery, 200, 300);
    await delivery.flush();
    expect(numbersOf(wire.stored)).toEqual(range(0, 300));
    expect(delivery.stats()).toMatchObject({ delivered: 300, pending: 0, spoolBytes: 0 });
    expect(segmentsIn(folder)).toEqual([]);
  });

  it('takes a batch while the answer to it is missing, and sends it once', async () => {
    let answer: (outcome: Outcome) => void = () => undefined;
    const wire = new ScriptedWire(() => new Promise((resolve) => (answer = resolve)));
    const delivery = deliver(wire);
    recordLines(delivery, 0, 10);
    delivery.tick();
    await changeOf(delivery, 'spilled');
    expect(delivery.stats()).toMatchObject({ pending: 10, spooled: 10 });
    answer(DELIVERED);
    await delivery.flush();
    expect(wire.attempts).toHaveLength(1);
    expect(delivery.stats()).toMatchObject({ delivered: 10, pending: 0, spoolBytes: 0 });
  });

  it.each<Durability>(['overflow', 'wal', 'wal+fsync'])(
    'is left what remains of a batch that was refused in part, no more (%s)',
    async (durability) => {
      const wire = new ScriptedWire((_lines, attempt) => {
        if (attempt === 1) return { kind: 'split', reason: '' };
        return attempt === 2 ? DELIVERED : AWAY;
      });
      const delivery = deliver(wire, { durability });
      recordLines(delivery, 0, 10);
      await delivery.flush();
      recordLines(delivery, 10, 20);
      expect(await delivery.stop()).toEqual({ delivered: 0, spooled: 15, lost: 0 });
      expectBalance(delivery);
      const { delivery: next, wire: nextWire } = await readBack();
      expect(next.stats()).toMatchObject({ adopted: 15, delivered: 15 });
      expect(numbersOf(nextWire.stored).sort((one, other) => one - other)).toEqual(range(5, 20));
    },
  );

  it('says what will be adopted where there is no room for what remains of a batch', async () => {
    const wire = new ScriptedWire((_lines, attempt) => {
      if (attempt === 1) return { kind: 'split', reason: '' };
      return attempt === 2 ? DELIVERED : AWAY;
    });
    const delivery = deliver(wire, { durability: 'wal', maxSpoolBytes: 64 * 1024 });
    // Text that gzip cannot make much smaller: all take 46 KiB, half of them 23.
    for (const number of range(0, 10)) {
      delivery.record(`requests text="${randomBytes(4600).toString('base64')}" ${String(number)}`, 'requests');
    }
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ delivered: 5, pending: 5, spooled: 5 });
    expect(await delivery.stop()).toEqual({ delivered: 0, spooled: 10, lost: 0 });
    const { delivery: next } = await readBack();
    expect(next.stats()).toMatchObject({ adopted: 10, delivered: 10 });
  });

  it('drops its oldest segment when it is full, counted by series', async () => {
    const options = quiet({ spoolFolder: folder, maxSpoolBytes: 256 * 1024, durability: 'wal', ...LARGEST_DELAY });
    const delivery = new Delivery(new ScriptedWire(() => AWAY), options);
    deliveries.push(delivery);
    const random = (): string => Math.random().toString(36).slice(2);
    for (const round of range(0, 100)) {
      for (const number of range(0, 100)) {
        const series = number % 2 === 0 ? 'requests' : 'errors';
        delivery.record(`${series} id="${random()}${random()}${random()}" ${String(round * 100 + number)}`, series);
      }
      await delivery.flush();
      expect(delivery.stats().spoolBytes).toBeLessThanOrEqual(256 * 1024);
      expectBalance(delivery);
    }
    const { dropped, drops, pending } = delivery.stats();
    expect(dropped).toBeGreaterThan(0);
    expect(pending).toBeGreaterThan(1000);
    expect(drops.map(({ series, reason }) => `${series} ${reason}`).sort()).toEqual([
      'errors spool_full',
      'requests spool_full',
    ]);
    expect(options.log.lines).toContainEqual(expect.stringContaining('the spool is full'));
    await delivery.stop({ timeoutMs: 0 });
    const { wire } = await readBack({ maxSpoolBytes: 10 * 1024 * 1024 });
    expect(numbersOf(wire.stored)).toHaveLength(pending);
  });

  it('merges small frames, so that there are few requests after an outage', async () => {
    const wire = new ScriptedWire(() => AWAY);
    const delivery = deliver(wire, { durability: 'wal' });
    for (const number of range(0, 200)) {
      recordLines(delivery, number * 30, number * 30 + 30);
      await delivery.flush();
    }
    const failedCount = wire.attempts.length;
    wire.answer = () => DELIVERED;
    await delivery.flush();
    expect(wire.attempts.length - failedCount).toBeLessThanOrEqual(3);
    expect(numbersOf(wire.stored)).toEqual(range(0, 6000));
  });

  it.each<Durability>(['wal', 'wal+fsync'])('has every line before it is sent (%s)', async (durability) => {
    const sizes: number[] = [];
    const wire = new ScriptedWire(() => {
      sizes.push(segmentsIn(folder).length);
      return DELIVERED;
    });
    const delivery = deliver(wire, { durability });
    for (const round of range(0, 5)) {
      recordLines(delivery, round * 1000, round * 1000 + 1000);
      await delivery.flush();
    }
    expect(numbersOf(wire.stored)).toEqual(range(0, 5000));
    expect(sizes).toEqual([1, 1, 1, 1, 1]);
    expect(delivery.stats()).toMatchObject({ delivered: 5000, pending: 0, spoolBytes: 0 });
    await delivery.stop();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is written with wal after a time in which there was nothing to write', async () => {
    const delivery = deliver(new ScriptedWire(() => AWAY), { durability: 'wal' });
    await new Promise((resolve) => setTimeout(resolve, 2 * UPKEEP_INTERVAL_MS));
    recordLines(delivery, 0, 10);
    await changeOf(delivery, 'spilled');
    expect(delivery.stats()).toMatchObject({ pending: 10, spooled: 10 });
  });

  it('is sent with wal, too, while the event loop has next to no time for it', async () => {
    const delivery = deliver(new ScriptedWire(), { durability: 'wal' });
    const turnMs = 80;
    let recordedCount = 0;
    for (let turn = 0; turn < 60; turn += 1) {
      const startedAtMs = performance.now();
      recordLines(delivery, recordedCount, recordedCount + 100);
      recordedCount += 100;
      if (turn % 12 === 0) delivery.tick();
      while (performance.now() - startedAtMs < turnMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(delivery.stats().delivered).toBeGreaterThan(recordedCount / 3);
    expectBalance(delivery);
    await delivery.flush();
  });

  it('is not used where the durability is memory', async () => {
    const delivery = deliver(new ScriptedWire(() => AWAY), { durability: 'memory' });
    recordLines(delivery, 0, 10);
    expect(await delivery.stop({ timeoutMs: 100 })).toEqual({ delivered: 0, spooled: 0, lost: 10 });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves alone what is not its own', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    await leaveBehind(0, 10);
    const { delivery } = await readBack();
    await delivery.stop();
    expect(readdirSync(folder)).toEqual(['notes.txt']);
  });

  it('tells the age of what waits on the disk', async () => {
    await leaveBehind(0, 10);
    const before = Date.now();
    const delivery = deliver(new ScriptedWire(() => AWAY));
    await changeOf(delivery, 'adopted');
    // Looked at before: the clock may go on between the two.
    const leastMs = Date.now() - before;
    expect(delivery.stats().oldestPendingMs).toBeGreaterThanOrEqual(leastMs);
    expect(delivery.stats().oldestPendingMs).toBeLessThan(60_000);
  });

  it('takes memory that is over its bound even before its turn', () => {
    const delivery = deliver(new ScriptedWire(hang), { maxMemoryBytes: 1024 * 1024 });
    recordLines(delivery, 0, 100_000);
    expect(delivery.stats()).toMatchObject({ dropped: 0, pending: 100_000 });
    expect(delivery.stats().memoryBytes).toBeLessThanOrEqual(1024 * 1024);
    expectBalance(delivery);
  });
});

describe('a spool that cannot be written', () => {
  /** A place that is no folder, until it is. */
  const blocked = (): string => join(folder, 'link');

  it('never keeps a process from starting: points wait in memory, and are delivered from there', async () => {
    const wire = new ScriptedWire(() => AWAY);
    const options = quiet({ spoolFolder: '/dev/null/spool', ...LARGEST_DELAY });
    const delivery = new Delivery(wire, options);
    deliveries.push(delivery);
    recordLines(delivery, 0, 100);
    await delivery.flush();
    await changeOf(delivery, 'unwritable');
    expect(delivery.stats()).toMatchObject({ pending: 100, spooled: 0, spoolBytes: 0 });
    expect(options.log.lines).toContainEqual(expect.stringContaining('points wait in memory: ENOTDIR'));
    wire.answer = () => DELIVERED;
    await delivery.flush();
    expect(numbersOf(wire.stored)).toEqual(range(0, 100));
  });

  it('drops the oldest in memory when that is full, as without a spool', () => {
    const delivery = deliver(new ScriptedWire(hang), { spoolFolder: '/dev/null/spool', maxMemoryBytes: 1024 * 1024 });
    recordLines(delivery, 0, 100_000);
    expect(delivery.stats().drops).toEqual([
      { series: 'requests', reason: 'memory_full', count: expect.any(Number) as number },
    ]);
    expect(delivery.stats().memoryBytes).toBeLessThanOrEqual(1024 * 1024);
    expectBalance(delivery);
  });

  it('has its points sent from memory with wal, too', async () => {
    const wire = new ScriptedWire();
    const delivery = deliver(wire, { spoolFolder: '/dev/null/spool', durability: 'wal' });
    recordLines(delivery, 0, 100);
    await delivery.flush();
    expect(numbersOf(wire.stored)).toEqual(range(0, 100));
  });

  it('is used again once it can be written', async () => {
    symlinkSync('/dev/null', blocked());
    const delivery = deliver(new ScriptedWire(() => AWAY), { spoolFolder: blocked() });
    recordLines(delivery, 0, 100);
    await delivery.flush();
    await changeOf(delivery, 'unwritable');
    unlinkSync(blocked());
    await changeOf(delivery, 'writable');
    expect(delivery.stats()).toMatchObject({ pending: 100, spooled: 100 });
    expect(await delivery.stop()).toEqual({ delivered: 0, spooled: 100, lost: 0 });
  });

  it('counts what stop() loses with it', async () => {
    const delivery = deliver(new ScriptedWire(() => AWAY), { spoolFolder: '/dev/null/spool' });
    recordLines(delivery, 0, 100);
    expect(await delivery.stop({ timeoutMs: 50 })).toEqual({ delivered: 0, spooled: 0, lost: 100 });
    expectBalance(delivery);
  });

  it('keeps what it has when its folder is taken away while it is in use', async () => {
    const wire = new ScriptedWire(() => AWAY);
    const delivery = deliver(wire);
    recordLines(delivery, 0, 100);
    await delivery.flush();
    await changeOf(delivery, 'spilled');
    rmSync(folder, { recursive: true });
    wire.answer = () => DELIVERED;
    await delivery.flush();
    recordLines(delivery, 100, 200);
    await delivery.flush();
    expect(numbersOf(wire.stored)).toEqual(range(0, 200));
    expectBalance(delivery);
  });
});

describe('the folder of an owner that cannot be asked', () => {
  /** As a process leaves it that ran in another container. */
  async function leaveElsewhere(beatAtMs: number): Promise<void> {
    await leaveBehind(0, 10);
    const [path = ''] = segmentsIn(folder);
    const owner = join(path, '..', 'owner.json');
    writeFileSync(owner, JSON.stringify({ place: 'another-host net:[1]', pid: 1 }));
    utimesSync(owner, new Date(beatAtMs), new Date(beatAtMs));
  }

  it('is left alone while there is a heartbeat', async () => {
    await leaveElsewhere(Date.now() - 50_000);
    const [path = ''] = segmentsIn(folder);
    await leaveBehind(10, 20);
    const { wire } = await readBack();
    expect(numbersOf(wire.stored)).toEqual(range(10, 20));
    expect(existsSync(path)).toBe(true);
  });

  it('is adopted a minute after the last one', async () => {
    await leaveElsewhere(Date.now() - 61_000);
    const { wire } = await readBack();
    expect(numbersOf(wire.stored)).toEqual(range(0, 10));
  });

  it('is adopted though its process id is used again', async () => {
    await leaveBehind(0, 10);
    const [path = ''] = segmentsIn(folder);
    const owner = join(path, '..', 'owner.json');
    const { place } = JSON.parse(readFileSync(owner, 'utf8')) as { place: string };
    writeFileSync(owner, JSON.stringify({ place, pid: process.pid }));
    const { wire } = await readBack();
    expect(numbersOf(wire.stored)).toEqual(range(0, 10));
  });
});
