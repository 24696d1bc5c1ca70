import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Outcome } from '../../../src/batch/outcome.ts';
import { Delivery } from '../../../src/sending/delivery.ts';
import { expectBalance, lineOf, numbersOf, quiet, range, recordLines } from '../support/lines.ts';
import { AWAY, DELIVERED, ScriptedWire } from '../support/scripted-wire.ts';

const REFUSED: Outcome = { kind: 'refused', reason: 'HTTP 400: write buffer error' };

/** Refuses every request with a bad line in it, and names none. */
function refusing(isBad: (number: number) => boolean): ScriptedWire {
  return new ScriptedWire((lines) => (numbersOf(lines).some(isBad) ? REFUSED : DELIVERED));
}

const isOdd = (number: number): boolean => number % 2 === 1;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a batch with many bad lines that the database does not name', () => {
  it('takes a request for each ten lines at once, then one a second, until each is found', async () => {
    const wire = refusing(isOdd);
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 2000);
    await delivery.flush();
    const atOnce = wire.attempts.length;
    expect(atOnce).toBe(201);
    expectBalance(delivery);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(wire.attempts.length - atOnce).toBe(60);
    await vi.advanceTimersByTimeAsync(4_000_000);
    expect(delivery.stats()).toMatchObject({ delivered: 1000, deadLettered: 1000, pending: 0, retries: 0 });
    expect(numbersOf(wire.stored)).toEqual(range(0, 2000).filter((number) => !isOdd(number)));
    expectBalance(delivery);
  });

  it('is not waited for by what comes after it', async () => {
    const wire = refusing((number) => number < 2000);
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 2000);
    await delivery.flush();
    for (let second = 0; second < 10; second += 1) {
      const next = 2000 + second * 100;
      recordLines(delivery, next, next + 100);
      delivery.tick();
      await vi.advanceTimersByTimeAsync(1000);
      expect(numbersOf(wire.stored)).toEqual(range(2000, next + 100));
      expectBalance(delivery);
    }
    // Ten of fresh points, ten of what is set aside.
    expect(wire.attempts).toHaveLength(201 + 20);
  });

  it('is told once a minute, with what it was refused for and how much waits', async () => {
    const options = quiet();
    const delivery = new Delivery(refusing(isOdd), options);
    recordLines(delivery, 0, 2000);
    await delivery.flush();
    recordLines(delivery, 2000, 3000);
    await delivery.flush();
    const told = options.log.lines.filter((line) => line.includes('MON_SET_ASIDE'));
    expect(told).toEqual([
      expect.stringMatching(
        /the database refuses lines and does not say which \(HTTP 400: write buffer error\); 19\d\d points wait behind fresh ones, halved at one request a second until the refused are found \[MON_SET_ASIDE\]$/,
      ),
    ]);
    await delivery.stop({ timeoutMs: 0 });
  });

  it('costs nothing that came before it: all that it holds has its end, whatever is bad', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(399), { maxLength: 200 }),
        fc.integer({ min: 1, max: 400 }),
        async (chosen, count) => {
          const bad = new Set(chosen.filter((number) => number < count));
          const wire = refusing((number) => bad.has(number));
          const delivery = new Delivery(wire, quiet());
          recordLines(delivery, 0, count);
          await delivery.flush();
          expectBalance(delivery);
          await vi.advanceTimersByTimeAsync(1_000_000);
          expect(delivery.stats()).toMatchObject({ delivered: count - bad.size, deadLettered: bad.size, pending: 0 });
          expect(new Set(numbersOf(wire.stored))).toEqual(
            new Set(range(0, count).filter((number) => !bad.has(number))),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  it('waits with all others while the database is away', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
    onTestFinished(() => {
      random.mockRestore();
    });
    const wire = refusing(isOdd);
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 1000);
    await delivery.flush();
    const { answer, attempts } = wire;
    const before = attempts.length;
    wire.answer = () => AWAY;
    await vi.advanceTimersByTimeAsync(600_000);
    // The doubled delays of an outage, half of which chance gives here, and not a request a second.
    expect(attempts.length - before).toBeLessThan(50);
    wire.answer = answer;
    await vi.advanceTimersByTimeAsync(3_000_000);
    expect(delivery.stats()).toMatchObject({ delivered: 500, deadLettered: 500, pending: 0 });
    expectBalance(delivery);
  });

  it('is tried at full speed while delivery is stopping', async () => {
    const wire = refusing(isOdd);
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 300);
    await delivery.flush();
    expect(delivery.stats().pending).toBeGreaterThan(200);
    const stopped = delivery.stop({ timeoutMs: 20_000 });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await stopped).toMatchObject({ lost: 0, spooled: 0 });
    expect(delivery.stats()).toMatchObject({ delivered: 150, deadLettered: 150, pending: 0 });
  });

  it('is sent as a whole to the next database', async () => {
    const delivery = new Delivery(refusing(isOdd), quiet());
    recordLines(delivery, 0, 1000);
    await delivery.flush();
    const { deadLettered, delivered, pending } = delivery.stats();
    const next = new ScriptedWire();
    delivery.redirect(next);
    await vi.advanceTimersByTimeAsync(1000);
    expect(delivery.stats()).toMatchObject({ deadLettered, delivered: delivered + pending, pending: 0 });
  });

  it('takes a quarter of the memory at most: beyond that it is halved at once, and nothing is dropped', async () => {
    const wire = refusing(isOdd);
    const delivery = new Delivery(wire, quiet({ maxMemoryBytes: 1024 * 1024 }));
    for (let block = 0; block < 20; block += 1) {
      recordLines(delivery, block * 1000, (block + 1) * 1000);
      await delivery.flush();
    }
    const { dropped, memoryBytes, pending } = delivery.stats();
    expect(dropped).toBe(0);
    expect(pending).toBeGreaterThan(1000);
    expect(memoryBytes).toBeLessThan(512 * 1024);
    expectBalance(delivery);
    await delivery.stop({ timeoutMs: 0 });
  });
});

describe('with a spool', () => {
  let folder: string;

  beforeEach(() => {
    vi.useRealTimers();
    folder = mkdtempSync(join(tmpdir(), 'set-aside-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(['overflow', 'wal'] as const)('is there for the next process (%s)', async (durability) => {
    const wire = refusing((number) => number < 500);
    const delivery = new Delivery(wire, quiet({ spoolFolder: folder, durability }));
    recordLines(delivery, 0, 500);
    await delivery.flush();
    recordLines(delivery, 500, 600);
    await delivery.flush();
    expect(numbersOf(wire.stored)).toEqual(range(500, 600));
    const { deadLettered } = delivery.stats();
    const { lost, spooled } = await delivery.stop({ timeoutMs: 1 });
    expect(lost).toBe(0);
    const { deadLettered: deadInAll } = delivery.stats();
    expect(deadInAll).toBeGreaterThanOrEqual(deadLettered);
    expect(spooled + deadInAll).toBe(500);

    const second = new ScriptedWire();
    const other = new Delivery(second, quiet({ spoolFolder: folder, durability }));
    await vi.waitFor(
      () => {
        expect(other.stats()).toMatchObject({ adopted: spooled, delivered: spooled });
      },
      { timeout: 10_000 },
    );
    expect(new Set(second.stored).has(lineOf(499))).toBe(true);
    await other.stop();
  });
});
