import fc from 'fast-check';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Delivery } from '../../src/sending/delivery.ts';
import type { Outcome } from '../../src/batch/outcome.ts';
import { expectBalance, lineOf, numbersOf, quiet, range, recordLines } from './support/lines.ts';
import { AWAY, DELIVERED, ScriptedWire } from './support/scripted-wire.ts';

const POISON: Outcome = { kind: 'poison', reason: 'HTTP 400: unable to parse a line: bad timestamp' };
const LARGE: Outcome = { kind: 'split', reason: 'HTTP 413: Request Entity Too Large' };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dead-letters-'));
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

function deadLines(): string[] {
  return readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));
}

describe('a batch that is too large', () => {
  it('is sent in halves until they fit, in order', async () => {
    const wire = new ScriptedWire((lines) => (lines.length > 700 ? LARGE : DELIVERED));
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 5000);
    await delivery.flush();
    expect(numbersOf(wire.stored)).toEqual(range(0, 5000));
    expect(wire.attempts.map(({ length }) => length)).toEqual([
      5000, 2500, 1250, 625, 625, 1250, 625, 625, 2500, 1250, 625, 625, 1250, 625, 625,
    ]);
    expect(delivery.stats()).toMatchObject({ delivered: 5000, deadLettered: 0, retries: 0 });
  });

  it('goes to the dead letters where it is a single line', async () => {
    const wire = new ScriptedWire((lines) => (lines.some((line) => line.startsWith('huge')) ? LARGE : DELIVERED));
    const options = quiet({ deadLetterFolder: folder });
    const delivery = new Delivery(wire, options);
    recordLines(delivery, 0, 10);
    delivery.record(lineOf(10, 'huge'), 'huge');
    recordLines(delivery, 11, 20);
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ delivered: 19, deadLettered: 1, pending: 0 });
    expect(deadLines()).toEqual([
      expect.stringMatching(/^# \S+ HTTP 413: Request Entity Too Large$/),
      lineOf(10, 'huge'),
    ]);
    expect(options.events).toContainEqual({ kind: 'deadLetter', reason: LARGE.reason, count: 1, isKept: true });
  });
});

describe('a batch that is refused for some lines', () => {
  it('loses only those, found by halving', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.array(fc.nat(59)), async (count, chosen) => {
        const bad = new Set(chosen.filter((number) => number < count));
        const wire = new ScriptedWire((lines) =>
          numbersOf(lines).some((number) => bad.has(number)) ? POISON : DELIVERED,
        );
        const delivery = new Delivery(wire, quiet());
        recordLines(delivery, 0, count);
        await delivery.flush();
        expect(numbersOf(wire.stored)).toEqual(range(0, count).filter((number) => !bad.has(number)));
        expect(delivery.stats()).toMatchObject({ delivered: count - bad.size, deadLettered: bad.size, pending: 0 });
      }),
    );
  });

  it('loses only those, in two requests where the answer names them', async () => {
    const wire = new ScriptedWire((lines) =>
      lines.includes(lineOf(7)) ? { ...POISON, lineIndexes: [7, 9, 4711, -1] } : DELIVERED,
    );
    const delivery = new Delivery(wire, quiet({ deadLetterFolder: folder }));
    recordLines(delivery, 0, 20);
    await delivery.flush();
    expect(wire.attempts).toHaveLength(2);
    expect(numbersOf(wire.stored)).toEqual(range(0, 20).filter((number) => number !== 7 && number !== 9));
    expect(deadLines().slice(1)).toEqual([lineOf(7), lineOf(9)]);
    expectBalance(delivery);
  });

  it('is halved where the answer names lines that it does not have', async () => {
    const wire = new ScriptedWire((lines) =>
      lines.includes(lineOf(3)) ? { ...POISON, lineIndexes: [99] } : DELIVERED,
    );
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 8);
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ delivered: 7, deadLettered: 1 });
  });

  it('is counted as delivered but for the lines that the database dropped', async () => {
    const wire = new ScriptedWire(() => ({
      kind: 'delivered-in-part',
      droppedCount: 2,
      reason: 'partial write dropped=2',
    }));
    const options = quiet();
    const delivery = new Delivery(wire, options);
    recordLines(delivery, 0, 10, 'errors');
    await delivery.flush();
    recordLines(delivery, 10, 12);
    recordLines(delivery, 12, 20, 'errors');
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ delivered: 16, dropped: 4, pending: 0 });
    expect(delivery.stats().drops).toEqual([
      { series: 'errors', reason: 'rejected', count: 2 },
      { series: '', reason: 'rejected', count: 2 },
    ]);
  });

  it('never counts more lines as dropped than it had', async () => {
    const wire = new ScriptedWire(() => ({ kind: 'delivered-in-part', droppedCount: 99, reason: '' }));
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 3);
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ delivered: 0, dropped: 3 });
    expectBalance(delivery);
  });

  it('keeps lines that the database dropped where it names them', async () => {
    const wire = new ScriptedWire((lines) => ({
      kind: 'delivered-in-part',
      droppedCount: 1,
      reason: 'HTTP 400: partial write',
      lineIndexes: lines.length === 1 ? [0] : [1],
    }));
    const delivery = new Delivery(wire, quiet({ deadLetterFolder: folder }));
    recordLines(delivery, 0, 3);
    await delivery.flush();
    recordLines(delivery, 3, 4);
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ delivered: 2, deadLettered: 2, dropped: 0, pending: 0 });
    expect(numbersOf(deadLines().filter((line) => !line.startsWith('#')))).toEqual([1, 3]);
  });
});

describe('dead letters', () => {
  it('are counted without a file where there is no folder', async () => {
    const options = quiet();
    const delivery = new Delivery(new ScriptedWire(() => POISON), options);
    recordLines(delivery, 0, 1);
    await delivery.flush();
    expect(options.events).toContainEqual({ kind: 'deadLetter', reason: POISON.reason, count: 1, isKept: false });
  });

  it('take no more of the disk than they may', async () => {
    const options = quiet({ deadLetterFolder: folder, maxDeadLetterBytes: 300 });
    const delivery = new Delivery(new ScriptedWire(() => POISON), options);
    recordLines(delivery, 0, 100);
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ deadLettered: 100, pending: 0 });
    expect(deadLines().join('\n').length).toBeLessThan(300);
    expect(options.events.filter((event) => event.kind === 'deadLetter' && event.isKept)).toHaveLength(2);
  });

  it('are counted where their folder cannot be made', async () => {
    const options = quiet({ deadLetterFolder: '/dev/null/dead-letters' });
    const delivery = new Delivery(new ScriptedWire(() => POISON), options);
    recordLines(delivery, 0, 1);
    await delivery.flush();
    expect(delivery.stats().deadLettered).toBe(1);
    expect(options.events).toContainEqual(expect.objectContaining({ kind: 'spool', change: 'unwritable' }));
  });
});

describe('a batch that only ever gets a 5xx', () => {
  const failing = (number: number) => (lines: readonly string[]) => (lines.includes(lineOf(number)) ? AWAY : DELIVERED);

  beforeEach(() => {
    vi.useFakeTimers();
  });

  it('costs one line, after two minutes in which the database took another', async () => {
    const wire = new ScriptedWire();
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 5);
    await delivery.flush();
    wire.answer = failing(1234);
    recordLines(delivery, 5, 3000);
    delivery.tick();
    await vi.advanceTimersByTimeAsync(119_000);
    expect(delivery.stats()).toMatchObject({ delivered: 5, deadLettered: 0 });
    await vi.advanceTimersByTimeAsync(121_000);
    expect(delivery.stats()).toMatchObject({ delivered: 2999, deadLettered: 1, pending: 0 });
    expect(numbersOf(wire.stored)).toEqual(range(0, 3000).filter((number) => number !== 1234));
    expectBalance(delivery);
  });

  it('loses no line in a storm of refusals that lets a line through now and then', async () => {
    const wire = new ScriptedWire();
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 5);
    await delivery.flush();
    // Every batch is refused, the line that it took before never.
    wire.answer = (lines) => (lines[0] === lineOf(4) ? DELIVERED : AWAY);
    recordLines(delivery, 5, 105);
    delivery.tick();
    await vi.advanceTimersByTimeAsync(130_000);
    wire.answer = (lines) => (lines.length > 3 ? AWAY : DELIVERED);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(delivery.stats()).toMatchObject({ delivered: 105, deadLettered: 0, pending: 0 });
  });

  it('is never blamed for an outage, however long', async () => {
    const wire = new ScriptedWire();
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 5);
    await delivery.flush();
    wire.answer = () => AWAY;
    recordLines(delivery, 5, 100);
    delivery.tick();
    await vi.advanceTimersByTimeAsync(60 * 60_000);
    expect(delivery.stats()).toMatchObject({ delivered: 5, deadLettered: 0, pending: 95 });
    wire.answer = () => DELIVERED;
    await vi.advanceTimersByTimeAsync(61_000);
    expect(delivery.stats()).toMatchObject({ delivered: 100, deadLettered: 0 });
  });

  it('is tried against a line that waits where none was delivered yet', async () => {
    const wire = new ScriptedWire(failing(3));
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 10);
    delivery.tick();
    await vi.advanceTimersByTimeAsync(180_000);
    expect(delivery.stats().pending).toBe(10);
    recordLines(delivery, 10, 11);
    await vi.advanceTimersByTimeAsync(61_000);
    delivery.tick();
    await vi.advanceTimersByTimeAsync(0);
    expect(delivery.stats()).toMatchObject({ delivered: 10, deadLettered: 1, pending: 0 });
  });

  it('does not take the earlier database for the one in use', async () => {
    const delivery = new Delivery(new ScriptedWire(), quiet());
    recordLines(delivery, 0, 5);
    await delivery.flush();
    const next = new ScriptedWire(() => AWAY);
    delivery.redirect(next);
    recordLines(delivery, 5, 10);
    delivery.tick();
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(next.attempts.flat()).not.toContain(lineOf(4));
  });
});
