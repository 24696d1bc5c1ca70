import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Outcome, Wire } from '../../../src/batch/outcome.ts';
import { Delivery } from '../../../src/sending/delivery.ts';
import { Pace } from '../../../src/sending/requests/pace.ts';
import { hang, ScriptedWire } from '../support/scripted-wire.ts';
import type { DeliveryOptions } from '../../../src/sending/delivery-options.ts';

const SILENT = { error: () => undefined, info: () => undefined, warn: () => undefined };
const SLOW_MS = 150;
const BLOCKS = 6;
const LINES_A_BLOCK = 5000;

let folder: string | undefined;

afterEach(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true });
  folder = undefined;
});

/** Sends six blocks to a wire that answers so; gives the lines of each request. */
async function linesOfRequests(
  answer: (index: number) => Promise<Outcome>,
  options: DeliveryOptions = {},
): Promise<number[]> {
  const counts: number[] = [];
  const wire: Wire = {
    write: ({ lineCount }) => answer(counts.push(lineCount) - 1),
    close: () => undefined,
  };
  const delivery = new Delivery(wire, { minRetryDelayMs: 1, maxRetryDelayMs: 1, logger: SILENT, ...options });
  for (let index = 0; index < BLOCKS * LINES_A_BLOCK; index += 1) delivery.record(`m f=1 ${String(index)}`, 'm');
  await delivery.stop({ timeoutMs: 20_000 });
  expect(delivery.stats()).toMatchObject({ delivered: BLOCKS * LINES_A_BLOCK, pending: 0 });
  return counts;
}

async function after(delayMs: number, outcome: Outcome = { kind: 'delivered' }): Promise<Outcome> {
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  return outcome;
}

describe('the size of requests', () => {
  it('is a block where answers come at once', async () => {
    expect(await linesOfRequests(() => after(0))).toEqual(Array(BLOCKS).fill(LINES_A_BLOCK));
  });

  it('is all that waits where an answer takes long', async () => {
    expect(await linesOfRequests(() => after(SLOW_MS))).toEqual([LINES_A_BLOCK, (BLOCKS - 1) * LINES_A_BLOCK]);
  });

  it('is the same where that waits on disk', async () => {
    folder = mkdtempSync(join(tmpdir(), 'request-size-'));
    const counts = await linesOfRequests(() => after(SLOW_MS), { spoolFolder: folder, durability: 'wal' });
    expect(counts.length).toBeLessThanOrEqual(3);
  });

  it('is bounded by a quarter of the memory', async () => {
    const maxMemoryBytes = 2 * 1024 * 1024;
    const counts = await linesOfRequests(() => after(SLOW_MS), { maxMemoryBytes });
    expect(Math.max(...counts.map((count) => count * 'm f=1 10000'.length))).toBeLessThan(maxMemoryBytes / 4);
  });

  it('is a block again after a failure, and for good after a 413', async () => {
    const failed = await linesOfRequests((index) =>
      index === 1 ? after(0, { kind: 'retry', reason: 'away' }) : after(index === 0 ? SLOW_MS : 0),
    );
    // What was under way stays together; what comes after it does not.
    expect(failed).toEqual([LINES_A_BLOCK, 5 * LINES_A_BLOCK, 5 * LINES_A_BLOCK]);
    const split = await linesOfRequests((index) =>
      index === 1 ? after(0, { kind: 'split', reason: '413' }) : after(SLOW_MS),
    );
    expect(split).toEqual([LINES_A_BLOCK, 5 * LINES_A_BLOCK, 12_500, 12_500]);
  });
});

describe('a pace', () => {
  const MIB = 1024 * 1024;
  const BLOCK = { maxLines: LINES_A_BLOCK, maxBytes: MIB };
  const create = (): Pace => new Pace({ maxMemoryBytes: 32 * MIB, requestTimeoutMs: 10_000 });

  it('is one request of one block at first, after trouble, and for another database', () => {
    const pace = create();
    expect([pace.maxRequests, pace.bounds]).toEqual([1, undefined]);
    for (const end of ['noteTrouble', 'reset'] as const) {
      pace.noteDelivered(LINES_A_BLOCK, 1000);
      expect([pace.maxRequests, pace.bounds]).toEqual([4, { maxLines: 12_500, maxBytes: 8 * MIB }]);
      pace[end]();
      expect([pace.maxRequests, pace.bounds]).toEqual([1, undefined]);
    }
  });

  it('grows to what would be answered in a quarter of the time, up to 100,000 lines', () => {
    const pace = create();
    const sizes = [1, 2, 3, 4, 5].map(() => {
      pace.noteDelivered(pace.bounds?.maxLines ?? LINES_A_BLOCK, 1000);
      return pace.bounds?.maxLines;
    });
    expect(sizes).toEqual([12_500, 31_250, 78_125, 100_000, 100_000]);
    // A small request says nothing against large ones.
    pace.noteDelivered(10, 1000);
    expect(pace.bounds?.maxLines).toBe(100_000);
  });

  it('shrinks where answers take more than a quarter of the time: one request, and what one quarter is enough for', () => {
    const pace = create();
    pace.noteDelivered(50_000, 1000);
    pace.noteDelivered(50_000, 5000);
    expect([pace.maxRequests, pace.bounds?.maxLines]).toEqual([1, 25_000]);
    pace.noteOverdue();
    expect(pace.bounds?.maxLines).toBe(12_500);
    for (let count = 0; count < 5; count += 1) pace.noteOverdue();
    expect(pace.bounds?.maxLines).toBe(LINES_A_BLOCK);
  });

  it('leaves half the memory, and gives what is left of the other half where that is a block', () => {
    const pace = create();
    expect(pace.boundsBeside(0, BLOCK)).toEqual(BLOCK);
    pace.noteDelivered(100_000, 1000);
    expect(pace.boundsBeside(4 * MIB, BLOCK)).toEqual({ maxLines: 100_000, maxBytes: 8 * MIB });
    expect(pace.boundsBeside(10 * MIB, BLOCK)).toEqual({ maxLines: 100_000, maxBytes: 6 * MIB });
    expect(pace.boundsBeside(15.5 * MIB, BLOCK)).toBeUndefined();
  });
});

it('halves what got no answer in time, and sends no more than that takes', async () => {
  vi.useFakeTimers();
  const wire = new ScriptedWire((lines) => (lines.length > 10_000 ? hang() : after(120)));
  const delivery = new Delivery(wire, { logger: SILENT, signals: 'never' });
  for (let index = 0; index < BLOCKS * LINES_A_BLOCK; index += 1) delivery.record(`m f=1 ${String(index)}`, 'm');
  await vi.advanceTimersByTimeAsync(120_000);
  vi.useRealTimers();
  expect(delivery.stats()).toMatchObject({ delivered: BLOCKS * LINES_A_BLOCK, pending: 0, retries: 3 });
  expect(wire.attempts.map(({ length }) => length)).toEqual([5000, 25_000, 12_500, 6250, 6250, 12_500, 6250, 6250]);
  await delivery.stop();
});
