import fc from 'fast-check';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Delivery } from '../../src/sending/delivery.ts';
import type { Outcome } from '../../src/batch/outcome.ts';
import { expectBalance, lineOf, numbersOf, quiet, range, recordLines } from './support/lines.ts';
import { AWAY, DELIVERED, ScriptedWire } from './support/scripted-wire.ts';

const REFUSED: Outcome = { kind: 'refused', reason: 'HTTP 400: unable to parse a line: bad timestamp' };
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
      fc.asyncProperty(fc.integer({ min: 1, max: 48 }), fc.array(fc.nat(47)), async (count, chosen) => {
        const bad = new Set(chosen.filter((number) => number < count));
        const wire = new ScriptedWire((lines) =>
          numbersOf(lines).some((number) => bad.has(number)) ? REFUSED : DELIVERED,
        );
        const delivery = new Delivery(wire, quiet());
        recordLines(delivery, 0, count);
        await delivery.flush();
        expect(numbersOf(wire.stored)).toEqual(range(0, count).filter((number) => !bad.has(number)));
        expect(delivery.stats()).toMatchObject({ delivered: count - bad.size, deadLettered: bad.size, pending: 0 });
      }),
    );
  });

  it('loses only those, in two requests where the answer names them, each with its reason', async () => {
    const options = quiet({ deadLetterFolder: folder });
    const refusedLines = [
      { index: 7, reason: 'type conflict' },
      { index: 9, reason: 'too old' },
      { index: 11, reason: 'type conflict' },
      { index: 4711, reason: '' },
      { index: -1, reason: '' },
    ];
    const wire = new ScriptedWire((lines) =>
      lines.includes(lineOf(7)) ? { kind: 'refused', reason: 'HTTP 400', refusedLines } : DELIVERED,
    );
    const delivery = new Delivery(wire, options);
    recordLines(delivery, 0, 20);
    await delivery.flush();
    expect(wire.attempts).toHaveLength(2);
    expect(numbersOf(wire.stored)).toEqual(range(0, 20).filter((number) => ![7, 9, 11].includes(number)));
    expect(deadLines()).toEqual([
      expect.stringMatching(/^# \S+ type conflict$/),
      lineOf(7),
      lineOf(11),
      expect.stringMatching(/^# \S+ too old$/),
      lineOf(9),
    ]);
    expect(options.events.filter(({ kind }) => kind === 'deadLetter')).toEqual([
      { kind: 'deadLetter', reason: 'type conflict', count: 2, isKept: true },
      { kind: 'deadLetter', reason: 'too old', count: 1, isKept: true },
    ]);
    expectBalance(delivery);
  });

  it('is sent again until the database takes the rest, since an answer names the first cause only', async () => {
    const wire = new ScriptedWire((lines) => {
      const index = lines.findIndex((line) => numbersOf([line]).some((number) => number % 5 === 0));
      return index === -1 ? DELIVERED : { kind: 'refused', reason: '', refusedLines: [{ index, reason: 'no' }] };
    });
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 20);
    await delivery.flush();
    expect(wire.attempts.map(({ length }) => length)).toEqual([20, 19, 18, 17, 16]);
    expect(delivery.stats()).toMatchObject({ delivered: 16, deadLettered: 4, dropped: 0, pending: 0 });
  });

  it('is halved where the answer names lines that it does not have', async () => {
    const wire = new ScriptedWire((lines) =>
      lines.includes(lineOf(3))
        ? { kind: 'refused', reason: '', refusedLines: [{ index: 99, reason: '' }] }
        : DELIVERED,
    );
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 8);
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ delivered: 7, deadLettered: 1 });
  });

  it('is no delivered batch where every line is named', async () => {
    const wire = new ScriptedWire((lines) => ({
      kind: 'refused',
      reason: '',
      refusedLines: lines.map((_line, index) => ({ index, reason: `cause ${String(index)}` })),
    }));
    const delivery = new Delivery(wire, quiet({ deadLetterFolder: folder }));
    recordLines(delivery, 0, 5000);
    await delivery.flush();
    expect(wire.attempts).toHaveLength(1);
    expect(delivery.stats()).toMatchObject({ delivered: 0, deadLettered: 5000, pending: 0 });
    expect(numbersOf(deadLines().filter((line) => !line.startsWith('#')))).toEqual(range(0, 5000));
  });
});

describe('dead letters', () => {
  it('are counted without a file where there is no folder', async () => {
    const options = quiet();
    const delivery = new Delivery(new ScriptedWire(() => REFUSED), options);
    recordLines(delivery, 0, 1);
    await delivery.flush();
    expect(options.events).toContainEqual({ kind: 'deadLetter', reason: REFUSED.reason, count: 1, isKept: false });
  });

  it('take no more of the disk than they may', async () => {
    const options = quiet({ deadLetterFolder: folder, maxDeadLetterBytes: 300 });
    const delivery = new Delivery(new ScriptedWire(() => REFUSED), options);
    recordLines(delivery, 0, 40);
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ deadLettered: 40, pending: 0 });
    expect(deadLines().join('\n').length).toBeLessThan(300);
    expect(options.events.filter((event) => event.kind === 'deadLetter' && event.isKept)).toHaveLength(2);
  });

  it('are counted where their folder cannot be made', async () => {
    const options = quiet({ deadLetterFolder: '/dev/null/dead-letters' });
    const delivery = new Delivery(new ScriptedWire(() => REFUSED), options);
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
