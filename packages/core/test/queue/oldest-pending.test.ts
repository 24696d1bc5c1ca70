import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Delivery } from '../../src/sending/delivery.ts';
import { expectBalance, numbersOf, quiet, range, recordLines } from '../sending/support/lines.ts';
import { AWAY, DELIVERED, ScriptedWire } from '../sending/support/scripted-wire.ts';
import { makeFolder, removeFolder } from '../spool/support/spool-folder.ts';

const START_MS = Date.UTC(2026, 0, 1);
const NEVER_AGAIN = { minRetryDelayMs: 3_600_000, maxRetryDelayMs: 3_600_000 };
const LINES_A_SECOND = 100;

let folder: string;

beforeEach(() => {
  folder = makeFolder();
  vi.useFakeTimers({ now: START_MS, toFake: ['Date'] });
});

afterEach(() => {
  vi.useRealTimers();
  removeFolder(folder);
});

/** Records a second's lines in each of some seconds, the first within second 0. */
async function recordSeconds(delivery: Delivery, start: number, end: number): Promise<void> {
  for (const second of range(start, end)) {
    vi.setSystemTime(START_MS + second * 1000);
    recordLines(delivery, second * LINES_A_SECOND, (second + 1) * LINES_A_SECOND);
    delivery.tick();
    // What goes to the disk does so in turns of the event loop.
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Has a database that is away take the next batch. */
function deliverOne(wire: ScriptedWire): void {
  wire.answer = () => {
    wire.answer = () => AWAY;
    return DELIVERED;
  };
}

/** The age that the oldest of some lines had at a time. */
function ageOf(lines: Iterable<string>, nowMs: number): number {
  return nowMs - START_MS - Math.floor(Math.min(...numbersOf(lines)) / LINES_A_SECOND) * 1000;
}

describe('the age of the oldest that waits', () => {
  it('is that of what is still there, once older points were dropped for memory', async () => {
    const wire = new ScriptedWire(() => AWAY);
    const delivery = new Delivery(wire, quiet({ maxMemoryBytes: 64 * 1024, ...NEVER_AGAIN }));
    await recordSeconds(delivery, 0, 1);
    await delivery.flush();
    await recordSeconds(delivery, 1, 60);
    expect(delivery.stats().dropped).toBeGreaterThan(0);
    // The batch that was tried is never dropped.
    expect(delivery.stats().oldestPendingMs).toBe(59_000);
    deliverOne(wire);
    await delivery.flush();
    const { delivered, dropped, oldestPendingMs } = delivery.stats();
    expect(delivered).toBe(LINES_A_SECOND);
    const waiting = delivery.pendingText().split('\n');
    expect(waiting.length).toBe(60 * LINES_A_SECOND - delivered - dropped);
    expect(oldestPendingMs).toBe(ageOf(waiting, Date.now()));
    expect(oldestPendingMs).toBeLessThan(50_000);
    expectBalance(delivery);
    await delivery.stop({ timeoutMs: 0 });
  });

  it('is that of what is still there, once older points were dropped from a full spool', async () => {
    const wire = new ScriptedWire(() => AWAY);
    const options = { spoolFolder: folder, durability: 'wal', maxSpoolBytes: 64 * 1024, ...NEVER_AGAIN } as const;
    const delivery = new Delivery(wire, quiet(options));
    await recordSeconds(delivery, 0, 1);
    await delivery.flush();
    await recordSeconds(delivery, 1, 400);
    await vi.waitFor(() => {
      expect(delivery.stats().dropped).toBeGreaterThan(0);
      expect(delivery.stats().spooled).toBe(delivery.stats().pending);
    });
    deliverOne(wire);
    await delivery.flush();
    const { oldestPendingMs, pending } = delivery.stats();
    const nowMs = Date.now();
    expect(wire.stored.size).toBeGreaterThan(0);
    expectBalance(delivery);
    await delivery.stop({ timeoutMs: 0 });
    const next = new ScriptedWire();
    const heir = new Delivery(next, quiet({ spoolFolder: folder }));
    await vi.waitFor(() => {
      expect(heir.stats().adopted).toBe(pending);
    });
    await heir.flush();
    expect(oldestPendingMs).toBe(ageOf(next.stored, nowMs));
    await heir.stop();
  });
});
