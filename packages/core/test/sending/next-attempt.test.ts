import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer, type Server } from 'node:http';
import { createServer as createPort, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Outcome } from '../../src/batch/outcome.ts';
import { Delivery } from '../../src/sending/delivery.ts';
import { createWire } from '../../src/wires/create-wire.ts';
import { Influx1Settings } from '../../src/wires/settings.ts';
import { expectBalance, quiet, recordLines } from './support/lines.ts';
import { AWAY, DELIVERED, hang, ScriptedWire } from './support/scripted-wire.ts';

const UNREACHABLE: Outcome = { ...AWAY, isUnreachable: true } as Outcome;
const LONG_WAIT = { minRetryDelayMs: 60_000, maxRetryDelayMs: 60_000 };

const requests = new AsyncLocalStorage<object>();

/** A database whose port a test opens and closes. */
class ProbedWire extends ScriptedWire {
  isOpen: boolean | Promise<boolean> = false;
  probeCount = 0;
  probeSignal: AbortSignal | undefined;
  readonly stores = new Set<unknown>();

  async probe(signal: AbortSignal): Promise<boolean> {
    this.probeCount += 1;
    this.probeSignal = signal;
    this.stores.add(requests.getStore());
    return await this.isOpen;
  }
}

/** Records points for a database that is away, within a request; the first attempt has failed. */
async function waitFor(wire: ScriptedWire): Promise<Delivery> {
  const delivery = await requests.run({}, async () => {
    const made = new Delivery(wire, quiet(LONG_WAIT));
    recordLines(made, 0, 5);
    await made.flush();
    return made;
  });
  expect(wire.attempts).toHaveLength(1);
  return delivery;
}

describe('while the database takes no connection', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('its port is looked at about once a second, and the next attempt is made once it answers', async () => {
    const wire = new ProbedWire(() => UNREACHABLE);
    const delivery = await waitFor(wire);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(wire.attempts).toHaveLength(1);
    expect(wire.probeCount).toBeGreaterThan(30_000 / 1500 - 2);
    expect(wire.probeCount).toBeLessThan(30_000 / 500 + 1);
    wire.answer = () => DELIVERED;
    wire.isOpen = true;
    await vi.advanceTimersByTimeAsync(1500);
    expect(wire.stored.size).toBe(5);
    const { probeCount } = wire;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(wire.probeCount).toBe(probeCount);
    expect(wire.stores).toEqual(new Set([undefined]));
    expectBalance(delivery);
    await delivery.stop();
  });

  it('the wait of its own begins again where that attempt fails, without a look where the database said no', async () => {
    // Looks are a second apart: of two short waits between them, both would fit into a second and a half.
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const wire = new ProbedWire((_lines, attempt) => (attempt < 3 ? UNREACHABLE : AWAY));
    const delivery = await waitFor(wire);
    wire.isOpen = true;
    await vi.advanceTimersByTimeAsync(1500);
    expect(wire.attempts).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1500);
    expect(wire.attempts).toHaveLength(3);
    const { probeCount } = wire;
    // The third came within the last 1.5 s.
    await vi.advanceTimersByTimeAsync(58_000);
    expect(wire.attempts).toHaveLength(3);
    expect(wire.probeCount).toBe(probeCount);
    await vi.advanceTimersByTimeAsync(2000);
    expect(wire.attempts).toHaveLength(4);
    await delivery.stop({ timeoutMs: 0 });
  });

  it.each<[string, Outcome]>([
    ['a failure after that', AWAY],
    ['a wrong token', { kind: 'retry', reason: 'HTTP 401', needsOperator: true }],
    ['a time that it demands', { kind: 'retry', reason: 'HTTP 429', notBeforeMs: 30_000 }],
  ])('only then: nothing is looked at after %s', async (_what, outcome) => {
    const wire = new ProbedWire(() => outcome);
    wire.isOpen = true;
    const delivery = await waitFor(wire);
    await vi.advanceTimersByTimeAsync(29_000);
    expect([wire.probeCount, wire.attempts.length]).toEqual([0, 1]);
    await delivery.stop({ timeoutMs: 0 });
  });

  it.each<[string, Promise<boolean> | false]>([
    ['hangs', hang() as Promise<never>],
    ['says nothing', false],
  ])('the attempt comes at its own time where the look %s, and stop() ends the look', async (_what, isOpen) => {
    const wire = new ProbedWire(() => UNREACHABLE);
    wire.isOpen = isOpen;
    const delivery = await waitFor(wire);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(wire.attempts).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1500);
    await delivery.stop({ timeoutMs: 0 });
    expect(wire.probeSignal?.aborted).toBe(true);
    const { probeCount } = wire;
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(wire.probeCount).toBe(probeCount);
  });

  it('a look that fails is no answer, nor is it needed of a wire', async () => {
    const wire = new ProbedWire(() => UNREACHABLE);
    wire.isOpen = Promise.reject(new Error('a wire of the user'));
    wire.isOpen.catch(() => undefined);
    const delivery = await waitFor(wire);
    await vi.advanceTimersByTimeAsync(5000);
    expect(wire.probeCount).toBeGreaterThan(2);
    const second = new ScriptedWire(() => UNREACHABLE);
    delivery.redirect(second);
    const { probeCount } = wire;
    await vi.advanceTimersByTimeAsync(30_000);
    expect([wire.probeCount, second.attempts.length]).toEqual([probeCount, 1]);
    await delivery.stop({ timeoutMs: 0 });
  });
});

describe('with a real port', () => {
  /** A port that nobody listens on. */
  async function freePort(): Promise<number> {
    const server = createPort();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // it listens on a port
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  it.each(['127.0.0.1', 'localhost'])('points arrive soon after the database at %s is back', async (host) => {
    const port = await freePort();
    const wire = createWire(new Influx1Settings({ host, port, ssl: false, dbName: 'db' }));
    const delivery = new Delivery(wire, quiet(LONG_WAIT));
    recordLines(delivery, 0, 5);
    await delivery.flush();
    expect(delivery.stats().lastError).toContain('ECONNREFUSED');
    const server: Server = createServer((_request, response) => response.writeHead(204).end());
    let connectionCount = 0;
    server.on('connection', () => (connectionCount += 1));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await vi.waitFor(
      () => {
        expect(delivery.stats().delivered).toBe(5);
      },
      { timeout: 10_000 },
    );
    // The look, and the write.
    expect(connectionCount).toBe(2);
    await delivery.stop();
    wire.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('is not looked at with an agent, which may lead elsewhere', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // it listens on a port
    const { Agent } = await import('node:http');
    const address = { host: '127.0.0.1', port, ssl: false, dbName: 'db' };
    const direct = createWire(new Influx1Settings(address));
    const proxied = createWire(new Influx1Settings({ ...address, agent: new Agent() }));
    const { signal } = new AbortController();
    expect([await direct.probe?.(signal), await proxied.probe?.(signal)]).toEqual([true, false]);
    expect(await direct.probe?.(AbortSignal.abort())).toBe(false);
    direct.close();
    proxied.close();
    await new Promise((resolve) => server.close(resolve));
  });
});
