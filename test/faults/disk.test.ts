import { startStrictInflux, type StrictInflux } from '@influx-monitoring/test-servers';
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SmallDisk } from './support/disk.ts';
import { Load } from './support/load.ts';
import { holdingOfStrict, verifyBalance, verifyNothingLost } from './support/verify.ts';

let server: StrictInflux;
let disk: SmallDisk;
let load: Load;

beforeEach(async () => {
  server = await startStrictInflux();
  disk = new SmallDisk(64);
});

afterEach(async () => {
  load.pause();
  await load.monitoring.stop({ timeoutMs: 0 });
  await server.stop();
  disk.remove();
});

function start(durability: 'overflow' | 'wal' | 'wal+fsync' = 'overflow'): void {
  const credentials = { organization: server.organization, bucket: server.bucket, token: 'token' };
  load = new Load({
    host: '127.0.0.1',
    port: server.port,
    credentials,
    delivery: { spoolFolder: disk.folder, durability },
  });
}

/** Resolves with the next change of the spool of some kind. */
function spoolChange(wanted: string): Promise<void> {
  return new Promise((resolve) => {
    const off = load.monitoring.adapter.delivery.on('spool', ({ change }) => {
      if (change !== wanted) return;
      off();
      resolve();
    });
  });
}

describe('a disk that is full', () => {
  it.each(['overflow', 'wal', 'wal+fsync'] as const)('costs nothing while memory has room (%s)', async (durability) => {
    start(durability);
    await server.refuse();
    load.start(4000);
    await spoolChange('unwritable');
    const { spooled, pending } = load.monitoring.stats();
    expect(spooled).toBeGreaterThan(0);
    expect(pending).toBeGreaterThan(spooled);
    await server.listen();
    await load.drain();
    verifyNothingLost(load.monitoring, load.count, holdingOfStrict(server));
  });

  it('is written again once there is room', async () => {
    start();
    await server.refuse();
    load.start(4000);
    await spoolChange('unwritable');
    disk.grow(8192);
    await spoolChange('writable');
    load.pause();
    const { spooled, lost } = await load.monitoring.stop({ timeoutMs: 0 });
    expect({ spooled, lost }).toEqual({ spooled: load.count, lost: 0 });
    verifyBalance(load.monitoring.stats());

    await server.listen();
    start();
    await spoolChange('adopted');
    await load.drain();
    expect(load.monitoring.stats()).toMatchObject({ adopted: spooled, delivered: spooled, pending: 0 });
    expect(holdingOfStrict(server)).toMatchObject({ count: spooled, overwrittenCount: 0 });
  });
});

describe('a disk that becomes read-only', () => {
  it('costs nothing: what it has is read, what comes waits in memory', async () => {
    start();
    await server.refuse();
    load.start(2000);
    await spoolChange('spilled');
    // As the kernel does after an error of the disk; it needs that no file is open for writing.
    load.pause();
    await load.monitoring.stop({ timeoutMs: 0 });
    disk.makeReadOnly();
    const left = load.count;
    start();
    load.start(2000);
    await spoolChange('unwritable');
    await server.listen();
    await load.drain();
    verifyNothingLost(load.monitoring, load.count, holdingOfStrict(server));
    await load.monitoring.stop();
    disk.makeWritable();
    start();
    await spoolChange('adopted');
    await load.drain();
    expect(load.monitoring.stats()).toMatchObject({ adopted: left, delivered: left, pending: 0 });
    await load.monitoring.stop();
    expect(readdirSync(disk.folder)).toEqual([]);
  });
});
