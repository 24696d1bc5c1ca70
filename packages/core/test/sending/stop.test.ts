import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Delivery } from '../../src/sending/delivery.ts';
import type { DeliveryEvent } from '../../src/ledger/delivery-event.ts';
import { DeliveryEvents } from '../../src/ledger/events.ts';
import { rememberCredential } from '../../src/process/outside-text.ts';
import { resolveDeliveryOptions } from '../../src/sending/delivery-options.ts';
import { selfFieldsOf } from '../../src/ledger/stats.ts';
import { expectBalance, KeptLog, numbersOf, quiet, range, readSituation, recordLines } from './support/lines.ts';
import { AWAY, DELIVERED, hang, ScriptedWire } from './support/scripted-wire.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const MEMORY_ADVICE =
  '32 MiB of memory is full: bring the database back, then set MONITORING_SPOOL_FOLDER or raise MONITORING_MAX_MEMORY_MIB';
const REPLAY_ADVICE = 'correct the cause, then run `npx @influx-monitoring/cli replay`';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('stop()', () => {
  it('delivers what is pending and says so', async () => {
    const wire = new ScriptedWire();
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 10);
    await delivery.flush();
    recordLines(delivery, 10, 8000);
    expect(await delivery.stop()).toEqual({ delivered: 7990, spooled: 0, lost: 0 });
    expect(numbersOf(wire.stored)).toEqual(range(0, 8000));
  });

  it('gives the same promise twice', async () => {
    const delivery = new Delivery(new ScriptedWire(), quiet());
    recordLines(delivery, 0, 1);
    const first = delivery.stop();
    expect(delivery.stop({ timeoutMs: 1 })).toBe(first);
    expect(await first).toEqual({ delivered: 1, spooled: 0, lost: 0 });
  });

  it('tries again for as long as it has time where there is no spool', async () => {
    const wire = new ScriptedWire((_lines, attempt) => (attempt < 4 ? AWAY : DELIVERED));
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 5);
    const stopped = delivery.stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(await stopped).toEqual({ delivered: 5, spooled: 0, lost: 0 });
  });

  it('does not wait for a time that comes too late', async () => {
    const wire = new ScriptedWire(() => ({ kind: 'retry', reason: '', notBeforeMs: 20_000 }));
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 5);
    expect(await delivery.stop()).toEqual({ delivered: 0, spooled: 0, lost: 5 });
    expect(wire.attempts).toHaveLength(1);
  });

  it('gives up a request under way when its time is over, and counts what is lost', async () => {
    const wire = new ScriptedWire(hang);
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 6000);
    delivery.tick();
    const stopped = delivery.stop({ timeoutMs: 3000 });
    await vi.advanceTimersByTimeAsync(3000);
    expect(await stopped).toEqual({ delivered: 0, spooled: 0, lost: 6000 });
    expect(wire.signal?.aborted).toBe(true);
    expect(delivery.stats().drops).toEqual([{ series: 'requests', reason: 'stopped', count: 6000 }]);
    expectBalance(delivery);
  });

  it('leaves no timer and no hook', async () => {
    const events = ['beforeExit', 'exit', 'SIGTERM', 'SIGINT', 'newListener', 'removeListener'];
    const countListeners = (): number[] => events.map((event) => process.listenerCount(event));
    const before = countListeners();
    const delivery = new Delivery(new ScriptedWire(() => AWAY), { ...quiet(), signals: 'alone' });
    recordLines(delivery, 0, 1);
    await delivery.flush();
    expect(countListeners()).not.toEqual(before);
    const stopped = delivery.stop();
    await vi.advanceTimersByTimeAsync(5000);
    await stopped;
    expect(countListeners()).toEqual(before);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('counts points that come later as dropped', async () => {
    const delivery = new Delivery(new ScriptedWire(), quiet());
    await delivery.stop();
    recordLines(delivery, 0, 2);
    delivery.tick();
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ recorded: 2, dropped: 2 });
  });
});

describe('flush()', () => {
  it('resolves when what was pending is delivered, though new points keep coming', async () => {
    let recorded = 3;
    const delivery: Delivery = new Delivery(
      new ScriptedWire((lines) => {
        recordLines(delivery, recorded, recorded + 5000);
        recorded += 5000;
        return lines.length > 0 ? DELIVERED : AWAY;
      }),
      quiet(),
    );
    recordLines(delivery, 0, 3);
    await delivery.flush();
    expect(delivery.stats().delivered).toBe(3);
    await delivery.stop({ timeoutMs: 0 }).catch(() => undefined);
  });

  it('sends what was recorded while a request was under way', async () => {
    let finish: () => void = () => undefined;
    const wire = new ScriptedWire((_lines, attempt) =>
      attempt > 1
        ? DELIVERED
        : new Promise(
            (resolve) =>
              (finish = () => {
                resolve(DELIVERED);
              }),
          ),
    );
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 2);
    delivery.tick();
    await vi.advanceTimersByTimeAsync(0);
    recordLines(delivery, 2, 4);
    const flushed = delivery.flush();
    finish();
    await flushed;
    expect(numbersOf(wire.stored)).toEqual(range(0, 4));
  });
});

describe('events', () => {
  const drop: DeliveryEvent = { kind: 'drop', reason: 'memory_full', series: 'requests', count: 1 };

  it('reach listeners of their kind until these are taken away', () => {
    const delivery = new Delivery(new ScriptedWire(), quiet());
    const heard: DeliveryEvent[] = [];
    const off = delivery.on('drop', (event) => heard.push(event));
    delivery.on('retry', (event) => heard.push(event));
    delivery.recordUnstorable('requests');
    off();
    delivery.recordUnstorable('requests');
    expect(heard).toEqual([{ kind: 'drop', reason: 'unstorable', series: 'requests', count: 1 }]);
  });

  it('survive listeners and loggers that throw or reject', async () => {
    const fail = (): never => {
      throw new Error('a listener of the user');
    };
    const events = new DeliveryEvents({
      logger: { info: fail, warn: fail, error: fail },
      onEvent: fail,
      readSituation,
    });
    events.on('drop', fail);
    events.on('drop', () => Promise.reject(new Error('late')) as unknown as undefined);
    let isHeard = false;
    events.on('drop', () => (isHeard = true));
    expect(() => {
      events.emit(drop);
    }).not.toThrow();
    await vi.advanceTimersByTimeAsync(0);
    expect(isHeard).toBe(true);
  });

  it('are logged once in 30 s for each kind of trouble', () => {
    const log = new KeptLog();
    const events = new DeliveryEvents({ logger: log, readSituation });
    for (let count = 0; count < 100; count += 1) {
      events.emit(drop);
      events.emit({ kind: 'deadLetter', reason: 'HTTP 400', count: 1, isKept: true });
      events.emit({ kind: 'spool', change: 'full', count: 1, reason: 'x' });
      events.emit({ kind: 'spool', change: 'spilled', count: 1, reason: 'x' });
      events.emit({ kind: 'recovered', failures: 3 });
    }
    expect(log.lines).toEqual([
      `influx-monitoring: 1 point of requests dropped: memory_full; ${MEMORY_ADVICE} [MON_DROPPED]`,
      `influx-monitoring: the database refuses 1 point, kept as dead letters: HTTP 400; ${REPLAY_ADVICE} [MON_REFUSED]`,
      'influx-monitoring: the spool is full: its oldest points are dropped: x [MON_SPOOL_FULL]',
      'influx-monitoring: the database accepts points again [MON_RECOVERED]',
    ]);
    vi.advanceTimersByTime(30_000);
    expect(log.lines.slice(4)).toEqual([
      `influx-monitoring: 99 points of requests dropped: memory_full; ${MEMORY_ADVICE} [MON_DROPPED]`,
      `influx-monitoring: the database refuses 99 points, kept as dead letters: HTTP 400; ${REPLAY_ADVICE} [MON_REFUSED]`,
    ]);
    vi.advanceTimersByTime(DAY_MS);
    expect(log.lines).toHaveLength(6);
  });

  it('say of losses what adds up to all of them, as errors', () => {
    const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn<(text: string) => void>() };
    const events = new DeliveryEvents({ logger: log, readSituation });
    let total = 0;
    for (let round = 0; round < 200; round += 1) {
      events.emit({ ...drop, series: round % 7 === 0 ? 'errors' : 'requests', count: round });
      total += round;
      vi.advanceTimersByTime(700);
    }
    vi.advanceTimersByTime(30_000);
    const told = log.error.mock.calls.map(([text]) => /(\d+) points? of/.exec(text)?.[1]);
    expect(told.reduce((sum, count) => sum + Number(count), 0)).toBe(total);
    expect(told.length).toBeLessThanOrEqual(7);
    expect(log.error.mock.calls.at(-1)?.[0]).toContain('several series');
    expect(log.warn).not.toHaveBeenCalled();
  });

  it('tell each reason of a refusal once an episode, and no more topics than an operator reads', () => {
    const log = new KeptLog();
    const events = new DeliveryEvents({ logger: log, readSituation });
    for (let round = 0; round < 3; round += 1) {
      for (let reason = 0; reason < 1000; reason += 1) {
        events.emit({ kind: 'deadLetter', reason: `reason ${String(reason)}`, count: 1, isKept: false });
      }
    }
    vi.advanceTimersByTime(30_000);
    expect(log.lines.length).toBeLessThanOrEqual(202);
    const counts = log.lines.map((line) => Number(/refuses (\d+)/.exec(line)?.[1]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3000);
  });

  it('are told without what no log may hold', () => {
    const log = new KeptLog();
    const heard: DeliveryEvent[] = [];
    const events = new DeliveryEvents({ logger: log, onEvent: (event) => heard.push(event), readSituation });
    rememberCredential('t0ken-of-events');
    const reason = `401 t0ken-of-events \u001b[2J${'x'.repeat(9999)}`;
    events.emit({ kind: 'retry', reason, delayMs: 1, failures: 1, needsOperator: true });
    events.emit({ kind: 'drop', reason: 'memory_full', series: 'a\nb', count: 1 });
    expect(JSON.stringify(heard)).not.toContain('t0ken');
    for (const hidden of ['t0ken', '\u001b', 'a\nb']) expect(log.lines.join('|')).not.toContain(hidden);
    // At most 300 characters are of the database; what is beside them are words of our own.
    expect(log.lines.join('|')).not.toContain('x'.repeat(300));
    expect(Math.max(...log.lines.map((line) => line.replaceAll('x', '').length))).toBeLessThan(250);
  });

  it('count the callbacks that throw or reject', async () => {
    const rejects = (): undefined => Promise.reject(new Error('late')) as unknown as undefined;
    const logger = { info: rejects, warn: rejects, error: rejects };
    const events = new DeliveryEvents({ logger, onEvent: rejects, readSituation });
    events.on('drop', rejects);
    events.on('drop', () => {
      throw new Error('now');
    });
    events.emit(drop);
    await vi.advanceTimersByTimeAsync(0);
    expect(events.failedCallbackCount).toBe(4);
  });
});

it('tells of itself in fields that balance as its figures do', async () => {
  const delivery = new Delivery(new ScriptedWire(() => AWAY), quiet());
  recordLines(delivery, 0, 10);
  delivery.recordUnstorable('requests');
  await delivery.flush();
  await vi.advanceTimersByTimeAsync(400);
  const overflowedTags = { 'requests.route': 2, 'ws_requests.account_id': 5 };
  expect(selfFieldsOf({ ...delivery.stats(), overflowedTags })).toEqual({
    recorded: 11n,
    adopted: 0n,
    folded: 0n,
    delivered: 0n,
    pending: 10n,
    dropped: 1n,
    dead_lettered: 0n,
    retries: 1n,
    memory_bytes: BigInt(delivery.stats().memoryBytes),
    spooled: 0n,
    spool_bytes: 0n,
    oldest_pending_seconds: 0.4,
    overflowed_tags: 7n,
  });
});

describe('delivery options', () => {
  it.each([
    [{ durability: 'disk' }, /"durability" to be one of/],
    [{ durability: 'wal' }, /expected "spoolFolder" to be a folder, since "durability" is "wal", got nothing/],
    [{ minRetryDelayMs: 5000, maxRetryDelayMs: 50 }, /"minRetryDelayMs" to be at most "maxRetryDelayMs"/],
    [{ maxMemoryBytes: 10 }, /"maxMemoryBytes" to be a whole number of bytes/],
    [{ spool: '/tmp' }, /unknown option "spool"/],
    [{ logger: {} }, /"logger"/],
  ])('%j are refused', (options, message) => {
    expect(() => resolveDeliveryOptions(options as never)).toThrow(message);
  });

  it('have defaults that a key of undefined does not hide', () => {
    expect(resolveDeliveryOptions({ maxMemoryBytes: undefined, spoolFolder: undefined })).toMatchObject({
      durability: 'memory',
      maxMemoryBytes: 32 * 1024 * 1024,
      spoolFolder: undefined,
      deadLetterFolder: undefined,
    });
  });

  it('overflow to disk where there is a spool folder', () => {
    expect(resolveDeliveryOptions({ spoolFolder: '/var/spool/x' })).toMatchObject({
      durability: 'overflow',
      deadLetterFolder: '/var/spool/x/dead-letters',
    });
  });
});
