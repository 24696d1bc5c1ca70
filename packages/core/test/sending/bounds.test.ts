import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Delivery } from '../../src/sending/delivery.ts';
import { countBySeries, extractLines, halveLines, joinLines, type Lines } from '../../src/batch/lines.ts';
import type { Outcome } from '../../src/batch/outcome.ts';
import { expectBalance, lineOf, numbersOf, quiet, range, recordLines } from './support/lines.ts';
import { AWAY, DELIVERED, hang, ScriptedWire } from './support/scripted-wire.ts';

const MEBIBYTE = 1024 * 1024;

describe('memory', () => {
  it('never takes more than its bound, and the oldest points go first, counted by series', () => {
    const delivery = new Delivery(new ScriptedWire(hang), quiet({ maxMemoryBytes: MEBIBYTE }));
    let maxBytes = 0;
    for (let round = 0; round < 100; round += 1) {
      recordLines(delivery, round * 1000, round * 1000 + 500);
      recordLines(delivery, round * 1000 + 500, round * 1000 + 1000, 'errors');
      delivery.tick();
      maxBytes = Math.max(maxBytes, delivery.stats().memoryBytes);
    }
    expect(maxBytes).toBeLessThanOrEqual(MEBIBYTE);
    expectBalance(delivery);
    const { pending, dropped, drops } = delivery.stats();
    expect(pending).toBeGreaterThan(MEBIBYTE / 2 / lineOf(0).length);
    expect(drops.map(({ series, reason }) => `${series} ${reason}`).sort()).toEqual([
      'errors memory_full',
      'requests memory_full',
    ]);
    expect(dropped).toBe(100_000 - pending);
  });

  it('keeps the newest points, and the batch that is under way', async () => {
    const wire = new ScriptedWire(() => AWAY);
    const delivery = new Delivery(wire, quiet({ maxMemoryBytes: 64 * 1024 }));
    recordLines(delivery, 0, 3);
    await delivery.flush();
    recordLines(delivery, 3, 5000);
    wire.answer = () => DELIVERED;
    await delivery.flush();
    const numbers = numbersOf(wire.stored);
    expect(numbers.slice(0, 3)).toEqual([0, 1, 2]);
    expect(numbers.slice(3)).toEqual(range(5000 - numbers.length + 3, 5000));
    expect(numbers.length).toBeLessThan(2000);
  });

  it('is given back when points are delivered', async () => {
    const delivery = new Delivery(new ScriptedWire(), quiet());
    recordLines(delivery, 0, 20_000);
    expect(delivery.stats().memoryBytes).toBeGreaterThan(0);
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ memoryBytes: 0, pending: 0, oldestPendingMs: 0 });
  });

  it('is not taken by names of series without end', () => {
    const delivery = new Delivery(new ScriptedWire(), quiet());
    for (let number = 0; number < 5000; number += 1) delivery.recordUnstorable(`series${String(number)}`);
    const { drops, dropped } = delivery.stats();
    expect(dropped).toBe(5000);
    expect(drops).toHaveLength(1001);
    expect(drops.at(-1)).toEqual({ series: 'other', reason: 'unstorable', count: 4000 });
    expectBalance(delivery);
  });
});

describe('a batch', () => {
  // Requests grow where answers take long: here they take no time, on whatever machine.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('has at most 5,000 lines', async () => {
    const wire = new ScriptedWire();
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 12_345);
    await delivery.flush();
    expect(wire.attempts.map(({ length }) => length)).toEqual([5000, 5000, 2345]);
  });

  it('has about 1 MiB at most', async () => {
    const wire = new ScriptedWire();
    const delivery = new Delivery(wire, quiet());
    for (const number of range(0, 100)) delivery.record(`m text="${'ä'.repeat(50_000)}" ${String(number)}`, 'm');
    await delivery.flush();
    const sizes = wire.attempts.map((lines) => Buffer.byteLength(lines.join('\n')));
    expect(Math.max(...sizes)).toBeLessThan(MEBIBYTE + 100_100);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThanOrEqual(MEBIBYTE);
  });

  it('grows while an older one waits, so that there are few requests after an outage', async () => {
    const wire = new ScriptedWire(() => AWAY);
    const delivery = new Delivery(wire, quiet());
    for (const number of range(0, 600)) {
      recordLines(delivery, number, number + 1);
      delivery.tick();
    }
    await delivery.flush();
    wire.answer = () => DELIVERED;
    const failedCount = wire.attempts.length;
    await delivery.flush();
    expect(wire.attempts.length - failedCount).toBe(2);
    expect(numbersOf(wire.stored)).toEqual(range(0, 600));
  });
});

const outcomes = fc.oneof(
  fc.constantFrom<Outcome>(DELIVERED, AWAY, { kind: 'split', reason: '' }, { kind: 'refused', reason: '' }),
  fc.record({ kind: fc.constant('retry' as const), reason: fc.constant(''), needsOperator: fc.boolean() }),
  fc.record({
    kind: fc.constant('refused' as const),
    reason: fc.constant(''),
    refusedLines: fc.array(
      fc.record({ index: fc.integer({ min: -2, max: 30 }), reason: fc.constantFrom('', 'a', 'b') }),
    ),
  }),
);

it('balances after whatever the database answers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(40), fc.array(outcomes, { maxLength: 5 })), { maxLength: 10 }),
      async (rounds) => {
        const wire = new ScriptedWire();
        const delivery = new Delivery(wire, quiet());
        let recorded = 0;
        for (const [count, answers] of rounds) {
          const script = [...answers];
          wire.answer = () => script.shift() ?? DELIVERED;
          recordLines(delivery, recorded, recorded + count);
          recorded += count;
          await delivery.flush();
          expectBalance(delivery);
        }
        wire.answer = () => DELIVERED;
        await delivery.flush();
        expectBalance(delivery);
        expect(delivery.stats()).toMatchObject({ recorded, pending: 0 });
        await delivery.stop();
      },
    ),
  );
});

describe('lines', () => {
  const someLines = fc.array(
    fc.constantFrom('a b=1 1', 'ö,t=x f=2 2', 'm\\,x,t=a f=3 3', 'longer,tag=value field=4 4'),
    { minLength: 1, maxLength: 30 },
  );
  const toLines = (lines: readonly string[]) => ({ bytes: Buffer.from(lines.join('\n')), lineCount: lines.length });

  it('are the same after they were halved and joined', () => {
    fc.assert(
      fc.property(someLines, (lines) => {
        fc.pre(lines.length > 1);
        const [first, second] = halveLines(toLines(lines));
        expect(first.bytes.toString().split('\n')).toEqual(lines.slice(0, first.lineCount));
        expect(second.bytes.toString().split('\n')).toEqual(lines.slice(first.lineCount));
        const joined = joinLines([first, second]);
        expect(joined).toEqual(toLines(lines));
      }),
    );
  });

  it('are extracted by their indexes, in order, each into its group', () => {
    const groups = fc.array(fc.tuple(fc.integer({ min: -1, max: 40 }), fc.constantFrom('x', 'y')));
    fc.assert(
      fc.property(someLines, groups, (lines, entries) => {
        const groupOf = new Map(entries);
        const { extracted, rest } = extractLines(toLines(lines), groupOf);
        const expected = (group: string | undefined): string[] =>
          lines.filter((_, index) => groupOf.get(index) === group);
        const textOf = (found: Lines | undefined): string[] => found?.bytes.toString().split('\n') ?? [];
        expect(textOf(extracted.get('x'))).toEqual(expected('x'));
        expect(textOf(extracted.get('y'))).toEqual(expected('y'));
        expect(textOf(rest)).toEqual(expected(undefined));
        const counts = [...extracted.values(), rest].map((found) => found?.lineCount ?? 0);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(lines.length);
      }),
    );
  });

  it('are counted by the series they are of, without its escapes', () => {
    const bytes = Buffer.from('m,t=a f=1 1\nm f=1 2\nwith\\ space\\,comma,t=b f=1 3\nback\\\\slash f=1 4\nm,t=c f=2 5');
    expect([...countBySeries(bytes)]).toEqual([
      ['m', 3],
      ['with space,comma', 1],
      ['back\\\\slash', 1],
    ]);
  });
});
