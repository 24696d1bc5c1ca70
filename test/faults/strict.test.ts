import { startStrictInflux, type Fault, type StrictFlavour, type StrictInflux } from '@influx-monitoring/test-servers';
import type { MonitoringOptions } from '@influx-monitoring/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Load } from './support/load.ts';
import { holdingOfStrict, verifyBalance, verifyNothingLost } from './support/verify.ts';

const FLAVOURS: readonly StrictFlavour[] = ['1.8', '2.7', '3'];

const answer = (status: number, headers: Readonly<Record<string, string>> = {}): Fault => ({
  kind: 'answer',
  status,
  headers,
  body: '{"code":"fault","message":"a fault on order","error":"a fault on order"}',
});

/** Faults after which everything must arrive, however long they last. */
const TRANSIENT_FAULTS: readonly (readonly [string, Fault])[] = [
  ...[401, 403, 404, 407, 408, 425, 429, 500, 502, 503, 504, 507, 301].map(
    (status) => [`answers ${String(status)}`, answer(status)] as const,
  ),
  ['answers 429 with Retry-After: 0', answer(429, { 'retry-after': '0' })],
  ['answers 503 with a date as Retry-After', answer(503, { 'retry-after': new Date(0).toUTCString() })],
  ['hangs', { kind: 'hang' }],
  ['resets the connection before the body', { kind: 'reset', afterBytes: 0 }],
  ['resets the connection in the middle of the body', { kind: 'reset', afterBytes: 100 }],
  ['cuts its answer of 204', { kind: 'cut', status: 204 }],
  ['cuts its answer of 503', { kind: 'cut', status: 503 }],
  ['answers too slowly', { kind: 'slow', delayMs: 1300 }],
  ['stores, and resets the connection before it says so', { kind: 'store-then-reset' }],
];

/** Faults that blame the batch: they pass, so all of it must arrive in smaller batches. */
const BLAMING_FAULTS: readonly (readonly [string, Fault])[] = [400, 406, 413, 415, 422].map(
  (status) => [`answers ${String(status)} once`, answer(status)] as const,
);

describe.each(FLAVOURS)('with a strict InfluxDB %s', (flavour) => {
  let server: StrictInflux;
  let load: Load;

  beforeEach(async () => {
    server = await startStrictInflux({ flavour });
    load = new Load(optionsFor(server));
  });

  afterEach(async () => {
    load.pause();
    await load.monitoring.stop({ timeoutMs: 0 });
    await expect.poll(() => server.openSockets(), { message: 'sockets left open', timeout: 2000 }).toBe(0);
    await server.stop();
  });

  it.each(TRANSIENT_FAULTS)('a database that %s gets everything afterwards', async (_title, fault) => {
    server.faults.set(fault);
    load.start(3000);
    await load.failures(3);
    server.faults.clear();
    await load.drain();
    verifyNothingLost(load.monitoring, load.count, holdingOfStrict(server));
  });

  it.each(BLAMING_FAULTS)('a database that %s gets everything, in smaller batches', async (_title, fault) => {
    server.faults.push(fault);
    load.add(3000);
    await load.drain();
    verifyNothingLost(load.monitoring, load.count, holdingOfStrict(server));
  });

  it('refused connections cost nothing', async () => {
    load.start(3000);
    await server.refuse();
    await load.failures(4);
    await server.listen();
    await load.drain();
    verifyNothingLost(load.monitoring, load.count, holdingOfStrict(server));
  });

  it('a storm of 429 among answers that are right costs nothing', async () => {
    load.start(4000);
    for (let round = 0; round < 10; round += 1) {
      server.faults.push(answer(429), answer(429, { 'retry-after': '0' }), answer(503));
      const stillWorks: Fault = { kind: 'slow', delayMs: 1 };
      server.faults.push(stillWorks, stillWorks);
    }
    await load.failures(30);
    await load.drain();
    verifyNothingLost(load.monitoring, load.count, holdingOfStrict(server));
  });

  it('a database that is dropped and made again gets everything since', async () => {
    server.dropBucket(server.bucket);
    load.start(3000);
    await load.failures(3);
    expect(load.monitoring.stats().lastError).toMatch(/404/);
    server.createBucket(server.bucket);
    await load.drain();
    verifyNothingLost(load.monitoring, load.count, holdingOfStrict(server));
  });

  it('a body that is too large for it comes in halves', async () => {
    const small = await startStrictInflux({ flavour, maxBodyBytes: flavour === '1.8' ? 5000 : 20_000 });
    const other = new Load(optionsFor(small));
    other.add(4000);
    await other.drain();
    verifyNothingLost(other.monitoring, 4000, holdingOfStrict(small));
    await other.monitoring.stop();
    await small.stop();
  });

  it('wall clock set back by a minute: nothing is written over', async () => {
    load.add(500);
    const realNow = Date.now;
    Date.now = () => realNow() - 60_000;
    try {
      // The clock compares itself with the wall clock every 50 ms.
      await new Promise((resolve) => setTimeout(resolve, 120));
      load.add(500);
      await load.drain();
    } finally {
      Date.now = realNow;
    }
    verifyNothingLost(load.monitoring, 1000, holdingOfStrict(server));
    expect(load.monitoring.stats().clockLeadMs).toBeGreaterThanOrEqual(0);
  });
});

describe('with a strict InfluxDB 2.7', () => {
  it('a token that is rotated costs nothing, once reInitializeMonitoring() has the new one', async () => {
    const server = await startStrictInflux();
    const load = new Load(optionsFor(server));
    load.start(3000);
    await load.monitoring.flush();
    server.rotateToken('another');
    await load.failures(3);
    expect(load.monitoring.stats().lastError).toMatch(/401/);
    load.monitoring.reInitializeMonitoring(optionsFor(server, 'another'));
    await load.drain();
    verifyNothingLost(load.monitoring, load.count, holdingOfStrict(server));
    await load.monitoring.stop();
    await server.stop();
  });

  it('one bad line costs one line: the others of its batch are stored', async () => {
    const server = await startStrictInflux();
    const load = new Load(optionsFor(server));
    load.add(1500);
    // A line that our own encoder would never write.
    load.monitoring.adapter.delivery.record('requests,route=x request_id=NaN 17', 'requests');
    load.add(1500);
    await load.drain();
    const stats = load.monitoring.stats();
    verifyBalance(stats);
    expect(stats).toMatchObject({ delivered: 3000, deadLettered: 1, dropped: 0 });
    expect(holdingOfStrict(server).count).toBe(3000);
    await load.monitoring.stop();
    await server.stop();
  });
});

function optionsFor(server: StrictInflux, token = 'token'): MonitoringOptions & { readonly flushingPeriod: number } {
  const address = { host: '127.0.0.1', port: server.port, flushingPeriod: 0.02 };
  if (server.flavour === '1.8')
    return { ...address, credentials: { dbName: server.bucket, username: 'luna', password: token } };
  return { ...address, credentials: { organization: server.organization, bucket: server.bucket, token } };
}
