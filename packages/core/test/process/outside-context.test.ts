import { AsyncLocalStorage } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMonitoring } from '../../src/index.ts';
import { Delivery } from '../../src/sending/delivery.ts';
import { quiet, recordLines } from '../sending/support/lines.ts';
import { AWAY, DELIVERED, ScriptedWire } from '../sending/support/scripted-wire.ts';
import { makeFolder, removeFolder } from '../spool/support/spool-folder.ts';

/** What a tracer, or the application, keeps for a request. */
const requests = new AsyncLocalStorage<object>();

let folder: string;

beforeEach(() => {
  folder = makeFolder();
});

afterEach(() => {
  removeFolder(folder);
});

/** A database that notes within which request it was written to. */
function tracedWire(): { readonly wire: ScriptedWire; readonly stores: (object | undefined)[] } {
  const stores: (object | undefined)[] = [];
  const wire = new ScriptedWire((_lines, attempt) => {
    stores.push(requests.getStore());
    return attempt <= 2 ? AWAY : DELIVERED;
  });
  return { wire, stores };
}

describe('what delivery does by itself is within no request', () => {
  it.each(['memory', 'overflow', 'wal'] as const)('sends and retries, with %s', async (durability) => {
    const { wire, stores } = tracedWire();
    const spool = durability === 'memory' ? {} : { spoolFolder: folder };
    const options = quiet({ durability, minRetryDelayMs: 5, maxRetryDelayMs: 5, ...spool });
    const delivery = requests.run({}, () => {
      const made = new Delivery(wire, options);
      // A block that is full is sent within the request that fills it.
      recordLines(made, 0, 5001);
      made.tick();
      return made;
    });
    await vi.waitFor(() => {
      expect(wire.stored.size).toBeGreaterThanOrEqual(5000);
    });
    await requests.run({}, () => {
      recordLines(delivery, 6000, 6010);
      return delivery.flush();
    });
    delivery.redirect(wire);
    await requests.run({}, () => delivery.stop());
    expect(stores.length).toBeGreaterThan(3);
    expect(new Set(stores)).toEqual(new Set([undefined]));
  });

  it('the timers of a monitoring that is made in a handler: its writes and all its samplers', async () => {
    const stores = new Map<string, Set<unknown>>();
    const monitoring = requests.run({}, () => {
      const made = createMonitoring(
        { flushingPeriod: 0.02, processPeriodSeconds: 0.1, selfPeriodSeconds: 0.1, logger: quiet().logger },
        { environment: {}, folder },
      );
      made.observeLines({
        onLine: (line) => {
          const [series = ''] = line.split(',');
          stores.set(series, (stores.get(series) ?? new Set()).add(requests.getStore()));
        },
        onStop: () => undefined,
      });
      return made;
    });
    await vi.waitFor(
      () => {
        expect([...stores.keys()].sort()).toEqual(['monitoring', 'process']);
      },
      { timeout: 5000 },
    );
    await monitoring.stop();
    for (const [series, seen] of stores) expect([series, [...seen]]).toEqual([series, [undefined]]);
  });
});

it('holds nothing of the request in which the monitoring was first used', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = inRequest(() => {
    const monitoring = createMonitoring(
      { flushingPeriod: 0.02, processPeriodSeconds: 0.1, selfPeriodSeconds: 60, logger: quiet().logger },
      { environment: {}, folder },
    );
    monitoring.record('cache', { fields: { hits: 3 } });
    return monitoring;
  });
  await vi.waitFor(
    () => {
      collect();
      // An assertion that fails would hold the store itself.
      expect(used.store.deref() === undefined).toBe(true);
    },
    { timeout: 5000 },
  );
  await used.result.stop();
});

/** Nothing but what the task began can hold the store after it. */
function inRequest<Result>(task: () => Result): { readonly result: Result; readonly store: WeakRef<object> } {
  const store = { name: 'the first request' };
  return { result: requests.run(store, task), store: new WeakRef(store) };
}
