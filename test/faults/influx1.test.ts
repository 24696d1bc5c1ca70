import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { startInflux1, type Influx1Server } from '@influx-monitoring/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Load } from './support/load.ts';
import { holdingOfInflux1, verifyNothingLost } from './support/verify.ts';

let server: Influx1Server;
let database = '';
let databaseCount = 0;
let load: Load;

beforeAll(async () => {
  server = await startInflux1();
});

afterAll(async () => {
  await server.stop();
});

beforeEach(async () => {
  databaseCount += 1;
  database = `faults${String(databaseCount)}`;
  await server.createDatabase(database);
  load = new Load({ host: '127.0.0.1', port: server.port, credentials: { dbName: database } });
});

afterEach(async () => {
  load.pause();
  await load.monitoring.stop({ timeoutMs: 0 });
});

async function verify(): Promise<void> {
  await load.drain();
  verifyNothingLost(load.monitoring, load.count, await holdingOfInflux1(server, database));
}

describe('with a real InfluxDB 1.6', () => {
  it('nothing is lost or written over at 20,000 points a second', async () => {
    load.start(20_000);
    while (load.count < 40_000) await new Promise((resolve) => setImmediate(resolve));
    await verify();
  });

  it('one that hangs and goes on has every point once', async () => {
    load.start(3000);
    await load.monitoring.flush();
    server.suspend();
    await load.failures(2);
    server.resume();
    await verify();
  });

  it('one that is killed and started again has every point once', async () => {
    load.start(3000);
    await load.monitoring.flush();
    await server.kill();
    await load.failures(4);
    await server.restart();
    await verify();
  });

  it('one whose database is dropped and made again has every point since', async () => {
    await server.dropDatabase(database);
    load.start(3000);
    await load.failures(3);
    expect(load.monitoring.stats().lastError).toMatch(/404: database not found/);
    await server.createDatabase(database);
    await verify();
  });

  it('a wall clock that is set back by a minute writes nothing over', async () => {
    load.add(500);
    const realNow = Date.now;
    Date.now = () => realNow() - 60_000;
    try {
      // The clock compares itself with the wall clock every 50 ms.
      await new Promise((resolve) => setTimeout(resolve, 120));
      load.add(500);
    } finally {
      Date.now = realNow;
    }
    await verify();
  });

  it('a line that it cannot parse costs that line', async () => {
    load.add(700);
    // A line that our own encoder would never write.
    load.monitoring.adapter.delivery.record('requests,route=x request_id=NaN 17', 'requests');
    load.add(700);
    await load.drain();
    const { delivered, dropped, deadLettered } = load.monitoring.stats();
    expect({ delivered, lost: dropped + deadLettered }).toEqual({ delivered: 1400, lost: 1 });
    expect(await server.count(database, 'requests')).toBe(1400);
  });

  it('a conflict of types costs the points that have it', async () => {
    load.add(10);
    await load.drain();
    // Types are those of a shard, so it has to be of the same day.
    const stamp = `${String(Date.now())}000000`;
    load.monitoring.adapter.delivery.record(`requests,route=x request_id=5 ${stamp}`, 'requests');
    load.add(10);
    await load.drain();
    expect(load.monitoring.stats()).toMatchObject({ delivered: 20, dropped: 0, deadLettered: 1 });
    expect(await server.count(database, 'requests')).toBe(20);
  });
});

it('a password that is changed costs nothing, once reInitializeMonitoring() has the new one', async () => {
  const guarded = await startInflux1({ user: { name: 'luna', password: 'old' } });
  await guarded.createDatabase('guarded');
  const optionsWith = (password: string) => ({
    host: '127.0.0.1',
    port: guarded.port,
    credentials: { dbName: 'guarded', username: 'luna', password },
  });
  const guardedLoad = new Load(optionsWith('not that'));
  expect(guardedLoad.monitoring).toBeInstanceOf(LunaRequestInfluxMonitoring);
  guardedLoad.start(3000);
  await guardedLoad.failures(3);
  expect(guardedLoad.monitoring.stats().lastError).toMatch(/401/);
  guardedLoad.monitoring.reInitializeMonitoring({ ...optionsWith('old'), flushingPeriod: 0.02 });
  await guardedLoad.drain();
  verifyNothingLost(guardedLoad.monitoring, guardedLoad.count, await holdingOfInflux1(guarded, 'guarded'));
  await guardedLoad.monitoring.stop();
  await guarded.stop();
});
