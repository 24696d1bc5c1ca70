import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Delivery } from '../../src/sending/delivery.ts';
import type { DeliveryOptions } from '../../src/sending/delivery-options.ts';
import { numbersOf, quiet, range, recordLines } from './support/lines.ts';
import { AWAY, DELIVERED, hang, ScriptedWire } from './support/scripted-wire.ts';
import { makeFolder, removeFolder, segmentsIn } from '../spool/support/spool-folder.ts';

const ESBUILD = fileURLToPath(new URL('../../../../node_modules/.bin/esbuild', import.meta.url));
const RECORDER = fileURLToPath(new URL('children/recorder.ts', import.meta.url));

interface Order {
  readonly end: string;
  readonly answer?: 'away' | 'hang' | 'delivered';
  readonly options?: DeliveryOptions;
  readonly hasSpool?: boolean;
  /** Sent once the process says that it is ready. */
  readonly signal?: NodeJS.Signals;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly deliveredCount: number | undefined;
  readonly tookMs: number;
}

let folder: string;
let buildFolder: string;
let recorder: string;

// One bundle starts ten times as fast as sources do.
beforeAll(() => {
  buildFolder = makeFolder();
  recorder = join(buildFolder, 'recorder.mjs');
  execFileSync(ESBUILD, [
    RECORDER,
    '--bundle',
    '--platform=node',
    '--format=esm',
    `--outfile=${recorder}`,
    '--log-level=error',
  ]);
});

afterAll(() => {
  removeFolder(buildFolder);
});

beforeEach(() => {
  folder = makeFolder();
});

afterEach(() => {
  removeFolder(folder);
});

async function run({ end, answer = 'away', options = {}, hasSpool = true, signal }: Order): Promise<Ended> {
  const order = JSON.stringify({ folder: hasSpool ? folder : '', end, answer, options });
  const child = spawn(process.execPath, [recorder, order], { stdio: ['ignore', 'pipe', 'ignore'] });
  const startedAtMs = performance.now();
  let deliveredCount: number | undefined;
  createInterface(child.stdout).on('line', (line) => {
    if (line === 'ready' && signal !== undefined) child.kill(signal);
    if (line.startsWith('delivered ')) deliveredCount = Number(line.slice('delivered '.length));
  });
  const [code, endSignal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal: endSignal, deliveredCount, tookMs: performance.now() - startedAtMs };
}

/** What the next process finds. */
async function left(): Promise<number[]> {
  if (segmentsIn(folder).length === 0) return [];
  const wire = new ScriptedWire();
  const delivery = new Delivery(wire, quiet({ spoolFolder: folder }));
  await new Promise<void>((resolve) => {
    delivery.on('spool', ({ change }) => {
      if (change === 'adopted') resolve();
    });
  });
  await delivery.stop();
  return numbersOf(wire.stored);
}

const ALL = range(0, 100);

describe('a process that ends while the database is away', () => {
  it.each([
    ['by itself', 'natural', 0],
    ['by process.exit()', 'exit', 3],
    ['by an exception', 'throw', 1],
    ['by a rejection', 'reject', 1],
    ['by stop()', 'stop', 0],
  ])('%s leaves every point in the spool, and its exit code is its own', async (_how, end, code) => {
    expect(await run({ end })).toMatchObject({ code, signal: null });
    expect(await left()).toEqual(ALL);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s leaves every point in the spool and dies of the signal',
    async (signal) => {
      expect(await run({ end: 'wait', signal })).toMatchObject({ code: null, signal });
      expect(await left()).toEqual(ALL);
    },
  );

  it('is not kept alive by a database that hangs', async () => {
    const { code, tookMs } = await run({ end: 'natural', answer: 'hang' });
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(5000);
    expect(await left()).toEqual(ALL);
  });

  it('dies of SIGKILL with the points that are in the spool by then', async () => {
    const order: Order = { end: 'wait', signal: 'SIGKILL', options: { durability: 'wal' } };
    expect(await run(order)).toMatchObject({ signal: 'SIGKILL' });
    expect([[], ALL]).toContainEqual(await left());
  });
});

describe('a process that ends while the database is there', () => {
  it('sends what is pending before it ends by itself', async () => {
    expect(await run({ end: 'natural', answer: 'delivered', hasSpool: false })).toMatchObject({
      code: 0,
      deliveredCount: 100,
    });
  });

  it('sends what is pending before it dies of SIGTERM', async () => {
    const order: Order = { end: 'wait', answer: 'delivered', signal: 'SIGTERM' };
    // Who dies of a signal runs no handler of exit: nothing is told, and nothing is left.
    expect(await run(order)).toMatchObject({ signal: 'SIGTERM' });
    expect(await left()).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('leaves nothing in the spool folder where it dies of %s', async (signal) => {
    const order: Order = { end: 'wait', answer: 'delivered', signal, options: { durability: 'wal' } };
    expect(await run(order)).toMatchObject({ signal });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('an application that handles SIGTERM itself', () => {
  it('ends as it would without us, and its points are in the spool', async () => {
    expect(await run({ end: 'wait-listening', signal: 'SIGTERM' })).toMatchObject({ code: 7, signal: null });
    expect(await left()).toEqual(ALL);
  });

  it('may count the listeners to see whether it is to raise the signal again', async () => {
    expect(await run({ end: 'wait-counting', signal: 'SIGTERM' })).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(await left()).toEqual(ALL);
  });

  it('has its points saved by us too where we are asked to, and still ends by itself', async () => {
    const order: Order = { end: 'wait-listening', signal: 'SIGTERM', options: { signals: 'always' } };
    expect(await run(order)).toMatchObject({ code: 7, signal: null });
    expect(await left()).toEqual(ALL);
  });
});

it('is left to the default of Node where signals are not to be handled', async () => {
  const order: Order = { end: 'wait', signal: 'SIGTERM', options: { signals: 'never' } };
  expect(await run(order)).toMatchObject({ code: null, signal: 'SIGTERM' });
});

describe('listeners of the process', () => {
  const counts = (): number[] => ['SIGTERM', 'SIGINT', 'exit', 'beforeExit'].map((name) => process.listenerCount(name));

  it('are there once, however many deliveries there are, and give way to others', async () => {
    const before = counts();
    const all = range(0, 20).map(() => new Delivery(new ScriptedWire(), { ...quiet(), signals: 'alone' }));
    const [terminations = 0, interruptions = 0, exits = 0, ends = 0] = before;
    expect(counts()).toEqual([terminations + 1, interruptions + 1, exits + 1, ends + 1]);
    const listener = (): void => undefined;
    process.on('SIGTERM', listener);
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
    expect(process.listeners('SIGTERM')).toEqual([listener]);
    process.off('SIGTERM', listener);
    expect(process.listenerCount('SIGTERM')).toBe(1);
    for (const delivery of all) await delivery.stop();
    expect(counts()).toEqual(before);
  });
});

/** What a listener of ours does, called as Node would call it. */
describe('the hooks of the process', () => {
  const ours = (event: string): ((...parameters: unknown[]) => void) => {
    const listeners = process.listeners(event as 'exit') as ((...parameters: unknown[]) => void)[];
    const listener = event === 'SIGTERM' ? listeners[0] : listeners.at(-1);
    if (listener === undefined) throw new Error(`nobody listens for ${event}`);
    return listener;
  };

  const withDelivery = async (
    options: DeliveryOptions,
    use: (delivery: Delivery, wire: ScriptedWire) => Promise<void>,
  ): Promise<void> => {
    const wire = new ScriptedWire();
    const delivery = new Delivery(wire, { ...quiet(), ...options });
    recordLines(delivery, 0, 10);
    await use(delivery, wire);
    await delivery.stop({ timeoutMs: 0 });
  };

  it('send what is pending before the end, once for each end', async () => {
    await withDelivery({}, async (delivery, wire) => {
      ours('beforeExit')(0);
      recordLines(delivery, 10, 20);
      ours('beforeExit')(0);
      await vi.waitFor(() => {
        expect(wire.attempts).toHaveLength(1);
      });
    });
  });

  it.each([
    ['one failure', 1, {}],
    ['several failures', 3, { minRetryDelayMs: 10 }],
    ['one failure, with a spool', 1, { minRetryDelayMs: 10, spoolFolder: '' }],
  ])('try again before the end after %s', async (_what, failureCount, { spoolFolder, ...options }: DeliveryOptions) => {
    await withDelivery({ ...options, ...(spoolFolder === '' && { spoolFolder: folder }) }, async (delivery, wire) => {
      wire.answer = (_lines, attempt) => (attempt <= failureCount ? AWAY : DELIVERED);
      ours('beforeExit')(0);
      await vi.waitFor(
        () => {
          expect(wire.stored.size).toBe(10);
        },
        { timeout: 4000 },
      );
      expect(delivery.stats()).toMatchObject({ delivered: 10, pending: 0 });
    });
  });

  it('send what is recorded right after the first end, but are not kept by who records at each', async () => {
    await withDelivery({}, async (delivery, wire) => {
      for (let round = 1; round <= 3; round += 1) {
        ours('beforeExit')(0);
        await vi.waitFor(() => {
          expect(wire.stored.size).toBe(10 * round);
        });
        await new Promise((resolve) => setImmediate(resolve));
        recordLines(delivery, 10 * round, 10 * round + 10);
      }
      ours('beforeExit')(0);
      await new Promise((resolve) => setImmediate(resolve));
      expect(delivery.stats()).toMatchObject({ delivered: 30, pending: 10 });
    });
  });

  it('give up a request that takes too long', async () => {
    await withDelivery({ exitTimeoutMs: 20 }, async (delivery, wire) => {
      wire.answer = hang;
      ours('beforeExit')(0);
      await vi.waitFor(() => {
        expect(wire.signal?.aborted).toBe(true);
      });
      expect(delivery.stats().pending).toBe(10);
    });
  });

  it('leave what is left to the spool at the end', async () => {
    await withDelivery({ spoolFolder: folder }, (_delivery, wire) => {
      // Else the stop that comes after this may deliver them.
      wire.answer = () => AWAY;
      ours('exit')(0);
      return Promise.resolve();
    });
    expect(await left()).toEqual(range(0, 10));
  });

  it('raise a signal again once the points are sent, where nobody else listens', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    await withDelivery({ signals: 'always' }, async (_delivery, wire) => {
      const listener = (): void => undefined;
      process.on('SIGTERM', listener);
      ours('SIGTERM')('SIGTERM');
      await vi.waitFor(() => {
        expect(wire.stored.size).toBe(10);
      });
      expect(kill).not.toHaveBeenCalled();
      process.off('SIGTERM', listener);
      ours('SIGTERM')('SIGTERM');
      await vi.waitFor(() => {
        expect(kill.mock.calls).toEqual([[process.pid, 'SIGTERM']]);
      });
    });
    kill.mockRestore();
  });
});
