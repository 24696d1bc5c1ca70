import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Outcome, Wire } from '../../src/batch/outcome.ts';
import { Delivery } from '../../src/sending/delivery.ts';
import type { DeliveryOptions } from '../../src/sending/delivery-options.ts';

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
