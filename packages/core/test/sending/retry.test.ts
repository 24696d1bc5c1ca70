import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Delivery } from '../../src/sending/delivery.ts';
import type { Outcome } from '../../src/batch/outcome.ts';
import { MAX_RETRY_AFTER_MS, RetryPolicy } from '../../src/sending/retry.ts';
import { expectBalance, lineOf, numbersOf, quiet, range, recordLines } from './support/lines.ts';
import { AWAY, DELIVERED, hang, ScriptedWire } from './support/scripted-wire.ts';

const OPTIONS = { minRetryDelayMs: 500, maxRetryDelayMs: 60_000, operatorRetryDelayMs: 60_000 };
const DAY_MS = 24 * 60 * 60 * 1000;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the delay of a retry', () => {
  it('is anywhere between 0.5 s and a ceiling that doubles up to 60 s', () => {
    for (const [random, expected] of [
      [0, [500, 500, 500, 500, 500, 500, 500, 500]],
      [1, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]],
    ] as const) {
      const policy = new RetryPolicy(OPTIONS, () => random);
      expect(expected.map(() => policy.fail({ kind: 'retry', reason: '' }))).toEqual(expected);
    }
  });

  it('begins anew where a database that was away answers, as one that is starting does', () => {
    const policy = new RetryPolicy(OPTIONS, () => 1);
    const away = { kind: 'retry', reason: 'connect ECONNREFUSED', isUnreachable: true } as const;
    const starting = { kind: 'retry', reason: 'HTTP 503' } as const;
    for (let attempt = 0; attempt < 10; attempt += 1) policy.fail(away);
    expect([starting, starting, starting, away, away].map((outcome) => policy.fail(outcome))).toEqual([
      1000, 2000, 4000, 8000, 16_000,
    ]);
    expect(policy.failures).toBe(15);
  });

  it('is never shorter than the database demands, up to 15 minutes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10 * MAX_RETRY_AFTER_MS }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (demandedMs, random) => {
          const delayMs = new RetryPolicy(OPTIONS, () => random).fail({
            kind: 'retry',
            reason: '',
            notBeforeMs: demandedMs,
          });
          expect(delayMs).toBeGreaterThanOrEqual(Math.min(demandedMs, MAX_RETRY_AFTER_MS));
          expect(delayMs).toBeLessThanOrEqual(Math.max(1000, Math.min(demandedMs, MAX_RETRY_AFTER_MS)));
        },
      ),
    );
  });

  it('is a minute while someone has to act', () => {
    expect(new RetryPolicy(OPTIONS, () => 0).fail({ kind: 'retry', reason: '', needsOperator: true })).toBe(60_000);
  });
});

describe('a database that is away', () => {
  it('gets one request at a time, always the oldest batch', async () => {
    const wire = new ScriptedWire(() => AWAY);
    const delivery = new Delivery(wire, quiet({ poisonAfterMs: DAY_MS }));
    recordLines(delivery, 0, 10);
    delivery.tick();
    recordLines(delivery, 10, 12_000);
    for (let second = 0; second < 300; second += 1) {
      delivery.tick();
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(wire.attempts.length).toBeGreaterThan(5);
    for (const lines of wire.attempts) expect(numbersOf(lines)).toEqual(range(0, 10));
    expect(wire.maxUnderWay).toBe(1);
    expectBalance(delivery);
  });

  it('is tried for ever, by its own timer, and gets everything in order when it is back', async () => {
    const wire = new ScriptedWire(() => AWAY);
    const options = quiet();
    const delivery = new Delivery(wire, options);
    recordLines(delivery, 0, 10);
    delivery.tick();
    recordLines(delivery, 10, 7000);
    await vi.advanceTimersByTimeAsync(3 * DAY_MS);
    expect(wire.attempts.length).toBeGreaterThan((3 * DAY_MS) / 60_000);
    expect(delivery.stats()).toMatchObject({ delivered: 0, pending: 7000, dropped: 0, lastError: AWAY_REASON });
    expect(delivery.stats().oldestPendingMs).toBe(3 * DAY_MS);
    wire.answer = () => DELIVERED;
    await vi.advanceTimersByTimeAsync(61_000);
    delivery.tick();
    await delivery.flush();
    expect(numbersOf(wire.stored)).toEqual(range(0, 7000));
    expect(delivery.stats()).toMatchObject({ delivered: 7000, pending: 0, lastError: undefined });
    expect(options.events.filter(({ kind }) => kind === 'recovered')).toHaveLength(1);
  });

  it('is not asked before the time that it demanded, even by flush()', async () => {
    const wire = new ScriptedWire(() => ({ kind: 'retry', reason: 'HTTP 429', notBeforeMs: 30_000 }));
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 1);
    await delivery.flush();
    await vi.advanceTimersByTimeAsync(29_999);
    await delivery.flush();
    expect(wire.attempts).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(wire.attempts).toHaveLength(2);
  });

  it('is asked at once by flush() where it demanded nothing', async () => {
    const wire = new ScriptedWire((_lines, attempt) => (attempt === 1 ? AWAY : DELIVERED));
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 3);
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ delivered: 0, retries: 1 });
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ delivered: 3, retries: 1 });
  });

  it('is told to the log once in 30 s, whatever happens', async () => {
    const options = quiet();
    const delivery = new Delivery(new ScriptedWire(() => AWAY), options);
    recordLines(delivery, 0, 1);
    delivery.tick();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(options.events.length).toBeGreaterThan(1);
    expect(options.log.lines).toEqual([
      `influx-monitoring: the database accepts no points (${AWAY_REASON}); 1 point waits, the oldest for less than 1 s; ` +
        '32 MiB of memory can hold more; they are sent as soon as it does [MON_WAITING]',
    ]);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(options.log.lines.length).toBeGreaterThan(1);
    expect(options.log.lines.length).toBeLessThanOrEqual(5);
  });

  it('is told to the log with what waits, since when, and when memory is full at the recent rate', async () => {
    const options = quiet({ poisonAfterMs: DAY_MS });
    const delivery = new Delivery(new ScriptedWire(() => AWAY), options);
    // Much at first, which is forgotten after a minute, then 100 points a second.
    recordLines(delivery, 0, 20_000);
    for (let second = 0; second < 300; second += 1) {
      recordLines(delivery, 20_000 + 100 * second, 20_100 + 100 * second);
      delivery.tick();
      await vi.advanceTimersByTimeAsync(1000);
    }
    const [, pending = '', minutes = ''] =
      /; (\d+) points wait, the oldest for \d (?:minutes|s); 32 MiB of memory is full in (\d+) minutes at this rate; /.exec(
        options.log.lines.at(-1)?.replace(/the oldest for \d+/, 'the oldest for 1') ?? '',
      ) ?? [];
    expect(Number(pending)).toBeGreaterThan(40_000);
    const bytesPerLine = lineOf(0).length + 1;
    const freeBytes = 32 * 1024 ** 2 - delivery.stats().memoryBytes;
    expect(Number(minutes)).toBeGreaterThan((0.95 * freeBytes) / bytesPerLine / 100 / 60);
    expect(Number(minutes)).toBeLessThan((1.05 * (freeBytes + 6000 * bytesPerLine)) / bytesPerLine / 100 / 60);
  });
});

const AWAY_REASON = 'connect ECONNREFUSED';

describe('a wrong token', () => {
  it('is loud and slow: an error in the log, an event, and an attempt a minute', async () => {
    const wire = new ScriptedWire(() => ({ kind: 'retry', reason: 'HTTP 401: unauthorized', needsOperator: true }));
    const options = quiet();
    const delivery = new Delivery(wire, options);
    recordLines(delivery, 0, 1);
    delivery.tick();
    await vi.advanceTimersByTimeAsync(10 * 60_000 - 1);
    expect(wire.attempts).toHaveLength(10);
    expect(options.log.lines[0]).toBe(
      'influx-monitoring: the database refuses the credentials until someone acts (HTTP 401: unauthorized); 1 point waits, the oldest for ' +
        'less than 1 s; 32 MiB of memory can hold more; run `npx @influx-monitoring/cli doctor` [MON_NEEDS_OPERATOR]',
    );
    expect(options.events[0]).toMatchObject({ kind: 'retry', needsOperator: true, delayMs: 60_000 });
  });

  it('is over at once with redirect()', async () => {
    const delivery = new Delivery(
      new ScriptedWire(() => ({ kind: 'retry', reason: '', needsOperator: true })),
      quiet(),
    );
    recordLines(delivery, 0, 5);
    await delivery.flush();
    const next = new ScriptedWire();
    delivery.redirect(next);
    await vi.advanceTimersByTimeAsync(0);
    expect(numbersOf(next.stored)).toEqual(range(0, 5));
  });
});

describe('a request without an answer', () => {
  it('is aborted at the deadline, and the batch is sent again', async () => {
    const wire = new ScriptedWire((_lines, attempt) => (attempt === 1 ? hang() : DELIVERED));
    const delivery = new Delivery(wire, quiet({ requestTimeoutMs: 10_000 }));
    recordLines(delivery, 0, 3);
    delivery.tick();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(wire.signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(wire.signal?.aborted).toBe(true);
    expect(delivery.stats().lastError).toBe('no answer within 10000 ms');
    await vi.advanceTimersByTimeAsync(1000);
    expect(numbersOf(wire.stored)).toEqual(range(0, 3));
    expectBalance(delivery);
  });

  it('that comes after the deadline is counted once', async () => {
    let answerLate: (outcome: Outcome) => void = () => undefined;
    const wire = new ScriptedWire((_lines, attempt) =>
      attempt === 1 ? new Promise((resolve) => (answerLate = resolve)) : DELIVERED,
    );
    const delivery = new Delivery(wire, quiet({ requestTimeoutMs: 100 }));
    recordLines(delivery, 0, 3);
    delivery.tick();
    await vi.advanceTimersByTimeAsync(100);
    answerLate(DELIVERED);
    await vi.advanceTimersByTimeAsync(1000);
    expect(delivery.stats()).toMatchObject({ recorded: 3, delivered: 3, pending: 0, retries: 1 });
  });
});

it('takes a wire that throws for a database that is away', async () => {
  const wire = new ScriptedWire(() => {
    throw new Error('a bug');
  });
  const delivery = new Delivery(wire, quiet());
  recordLines(delivery, 0, 3);
  await delivery.flush();
  expect(delivery.stats()).toMatchObject({ pending: 3, lastError: 'a bug' });
});

it('keeps 300 characters of a reason at most', async () => {
  const delivery = new Delivery(new ScriptedWire(() => ({ kind: 'retry', reason: 'x'.repeat(100_000) })), quiet());
  recordLines(delivery, 0, 1);
  await delivery.flush();
  expect(delivery.stats().lastError).toHaveLength(300);
});
