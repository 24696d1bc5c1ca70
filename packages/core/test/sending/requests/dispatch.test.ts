import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Outcome } from '../../../src/batch/outcome.ts';
import { Delivery } from '../../../src/sending/delivery.ts';
import type { DeliveryOptions } from '../../../src/sending/delivery-options.ts';
import { readSpoolSegment } from '../../../src/spool/reader.ts';
import { makeFolder, removeFolder, segmentsIn } from '../../spool/support/spool-folder.ts';
import { HeldWire } from '../support/held-wire.ts';
import { expectBalance, numbersOf, quiet, range, recordLines } from '../support/lines.ts';
import { AWAY, ScriptedWire } from '../support/scripted-wire.ts';

const BLOCK_LINES = 10;
/** Ten of these make a block of a MiB and a little. */
const PADDING = 'x'.repeat(110_000);
const MIB = 1024 * 1024;
const NEVER_AGAIN = { minRetryDelayMs: 3_600_000, maxRetryDelayMs: 3_600_000 };

let folder: string;
let deliveries: Delivery[] = [];

beforeEach(() => {
  folder = makeFolder();
  // Answers take no time: requests stay as small as they are.
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(async () => {
  vi.useRealTimers();
  for (const delivery of deliveries) await delivery.stop({ timeoutMs: 0 });
  deliveries = [];
  removeFolder(folder);
});

function deliver(wire: HeldWire | ScriptedWire, options: DeliveryOptions = {}): Delivery {
  const delivery = new Delivery(wire, quiet(options));
  deliveries.push(delivery);
  return delivery;
}

/** Records full blocks, of ten lines each. */
function recordBlocks(delivery: Delivery, start: number, end: number): void {
  for (const number of range(start * BLOCK_LINES, end * BLOCK_LINES)) {
    delivery.record(`m text="${PADDING}" ${String(1_700_000_000_000_000_000n + BigInt(number))}`, 'm');
  }
}

const MAX_TURNS = 100_000;

/** Waits in turns of the event loop, which the faked time does not notice. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < MAX_TURNS && !isSo(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(isSo()).toBe(true);
}

/** Lets everything come to rest that needs no answer: what reads a spool does so in other threads. */
async function settled(wire: HeldWire, count: number): Promise<void> {
  await until(() => wire.open.length === count);
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(wire.open).toHaveLength(count);
}

/** Records a first block and has it taken: from then on there may be several requests. */
async function warmUp(delivery: Delivery, wire: HeldWire): Promise<void> {
  recordBlocks(delivery, 0, 1);
  await settled(wire, 1);
  wire.open[0]?.answer();
  await until(() => delivery.stats().delivered === BLOCK_LINES);
}

/** Which blocks the open requests are of. */
const blocksOf = (wire: HeldWire): number[] =>
  wire.open.map(({ lines }) => (numbersOf(lines.slice(0, 1))[0] ?? NaN) / BLOCK_LINES);

describe('requests', () => {
  it('are one until the database took one, then up to four, oldest first', async () => {
    const wire = new HeldWire();
    const delivery = deliver(wire);
    recordBlocks(delivery, 0, 8);
    await settled(wire, 1);
    wire.open[0]?.answer();
    await settled(wire, 4);
    expect(blocksOf(wire)).toEqual([1, 2, 3, 4]);
  });

  it('are begun as blocks fill up while one is under way, but not for less than a block', async () => {
    const wire = new HeldWire();
    const delivery = deliver(wire);
    await warmUp(delivery, wire);
    recordBlocks(delivery, 1, 2);
    await settled(wire, 1);
    recordBlocks(delivery, 2, 3);
    await settled(wire, 2);
    delivery.record('m f=1 1', 'm');
    delivery.tick();
    void delivery.flush();
    await settled(wire, 2);
  });

  it('are of half the memory together at most', async () => {
    const wire = new HeldWire();
    const delivery = deliver(wire, { maxMemoryBytes: 6 * MIB });
    await warmUp(delivery, wire);
    recordBlocks(delivery, 1, 5);
    await settled(wire, 2);
    expect(wire.open.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThanOrEqual(3 * MIB);
    expect(delivery.stats().memoryBytes).toBeLessThanOrEqual(6 * MIB);
  });

  it.each([
    ['a failure', AWAY],
    ['a 413', { kind: 'split', reason: '413' }],
    ['a refusal', { kind: 'refused', reason: '400' }],
  ] satisfies [string, Outcome][])('are one again after %s, once the others are answered', async (_what, outcome) => {
    const wire = new HeldWire();
    const delivery = deliver(wire, { minRetryDelayMs: 1, maxRetryDelayMs: 1 });
    await warmUp(delivery, wire);
    recordBlocks(delivery, 1, 8);
    await settled(wire, 4);
    wire.open[0]?.answer(outcome);
    await settled(wire, 3);
    for (const request of wire.open) request.answer();
    await settled(wire, 1);
    expect(blocksOf(wire)).toEqual([1]);
    expect(delivery.stats().delivered).toBe(4 * BLOCK_LINES);
    wire.open[0]?.answer();
    await settled(wire, outcome === AWAY ? 3 : 4);
  });

  it('all end when the delivery is stopped', async () => {
    const wire = new HeldWire();
    const delivery = deliver(wire);
    await warmUp(delivery, wire);
    recordBlocks(delivery, 1, 6);
    await settled(wire, 4);
    wire.open[2]?.answer();
    const requests = wire.open;
    vi.useRealTimers();
    expect(await delivery.stop({ timeoutMs: 1 })).toEqual({ delivered: 10, spooled: 0, lost: 40 });
    expect(requests.map(({ signal }) => signal.aborted)).toEqual([true, true, true]);
    expectBalance(delivery);
  });

  it('end as they began where there is another database', async () => {
    const wire = new HeldWire();
    const delivery = deliver(wire);
    await warmUp(delivery, wire);
    recordBlocks(delivery, 1, 6);
    await settled(wire, 4);
    const next = new ScriptedWire();
    delivery.redirect(next);
    for (const request of wire.open) request.answer();
    await delivery.flush();
    expect(numbersOf(wire.stored)).toEqual(range(0, 50));
    expect(numbersOf(next.stored)).toEqual(range(50, 60));
  });

  it('are in one count at any time, and each line is delivered once, whatever the answers and their order', async () => {
    const steps = fc.array(
      fc.record({ blocks: fc.nat(3), which: fc.nat(3), answer: fc.constantFrom('delivered', 'away', 'split') }),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom('memory', 'overflow', 'wal'), async (all, durability) => {
        const wire = new HeldWire();
        const delivery = deliver(wire, { durability, spoolFolder: folder, minRetryDelayMs: 1, maxRetryDelayMs: 1 });
        let blockCount = 0;
        for (const { blocks, which, answer } of all) {
          recordBlocks(delivery, blockCount, blockCount + blocks);
          blockCount += blocks;
          void delivery.flush();
          for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
          expectBalance(delivery);
          const request = wire.open[which % Math.max(1, wire.open.length)];
          request?.answer(
            answer === 'delivered' ? undefined : answer === 'away' ? AWAY : { kind: 'split', reason: '' },
          );
        }
        const answering = setInterval(() => {
          for (const request of wire.open) request.answer();
          expectBalance(delivery);
        }, 1);
        while (delivery.stats().pending > 0) await delivery.flush();
        expect(delivery.stats()).toMatchObject({ pending: 0, memoryBytes: 0, spooled: 0 });
        clearInterval(answering);
        const { delivered, deadLettered } = delivery.stats();
        expect(delivered + deadLettered).toBe(blockCount * BLOCK_LINES);
        expect(wire.stored.size).toBe(delivered);
        await delivery.stop();
        expect(segmentsIn(folder)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

describe('what is in the spool', () => {
  const LINES = 5000;

  /** Seven blocks of which one was delivered, and then the third of those that were under way. */
  async function answerOutOfOrder(): Promise<{ delivery: Delivery; wire: HeldWire }> {
    const wire = new HeldWire();
    const delivery = deliver(wire, { durability: 'wal', spoolFolder: folder, ...NEVER_AGAIN });
    recordLines(delivery, 0, 7 * LINES);
    delivery.tick();
    await until(() => delivery.stats().spooled === 7 * LINES);
    await settled(wire, 1);
    wire.open[0]?.answer();
    await settled(wire, 4);
    wire.open[2]?.answer();
    wire.open[0]?.answer(AWAY);
    await until(() => wire.open.length === 2);
    for (const request of wire.open) request.answer(AWAY);
    await until(() => delivery.stats().delivered === 2 * LINES);
    expect(delivery.stats()).toMatchObject({ pending: 5 * LINES, spooled: 5 * LINES });
    expectBalance(delivery);
    return { delivery, wire };
  }

  async function adoptedFrom(path: string): Promise<{ numbers: number[]; delivery: Delivery }> {
    const wire = new ScriptedWire();
    const delivery = deliver(wire, { spoolFolder: path });
    await new Promise<void>((resolve) => {
      delivery.on('spool', ({ change }) => {
        if (change === 'adopted') resolve();
      });
    });
    await delivery.flush();
    return { numbers: numbersOf(wire.stored).sort((one, other) => one - other), delivery };
  }

  it('is there for the next process from the first that was not delivered on, should this one crash', async () => {
    await answerOutOfOrder();
    const numbers: number[] = [];
    for (const path of segmentsIn(folder)) {
      const segment = await readSpoolSegment(path);
      for await (const { bytes } of segment.batches()) numbers.push(...numbersOf(bytes.toString().split('\n')));
    }
    expect(numbers).toEqual(range(LINES, 7 * LINES));
  });

  it('is what was not delivered, and no more, after stop()', async () => {
    const { delivery } = await answerOutOfOrder();
    vi.useRealTimers();
    expect(await delivery.stop({ timeoutMs: 1 })).toMatchObject({ spooled: 5 * LINES, lost: 0 });
    expectBalance(delivery);
    const { numbers, delivery: next } = await adoptedFrom(folder);
    expect(numbers).toEqual([...range(LINES, 3 * LINES), ...range(4 * LINES, 7 * LINES)]);
    expect(next.stats()).toMatchObject({ adopted: 5 * LINES, delivered: 5 * LINES });
  });

  it('goes as its batches are delivered, in whatever order', async () => {
    const { delivery, wire } = await answerOutOfOrder();
    const answering = setInterval(() => {
      for (const request of [...wire.open].reverse()) request.answer();
    }, 1);
    while (delivery.stats().pending > 0) await delivery.flush();
    clearInterval(answering);
    expect(delivery.stats()).toMatchObject({ delivered: 7 * LINES, pending: 0 });
    await until(() => delivery.stats().spoolBytes === 0);
    expect(segmentsIn(folder)).toEqual([]);
  });
});
