import { LunaRequestInfluxMonitoring, type MonitoringStats } from '@influx-monitoring/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HealthReader } from '../../src/streams/health.ts';

const VIEW = { destination: 'InfluxDB', viewers: 1, storeBytes: 0 } as const;

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

async function statsWith(change: Partial<MonitoringStats>): Promise<MonitoringStats> {
  await using monitoring = new LunaRequestInfluxMonitoring();
  return { ...monitoring.stats(), ...change };
}

describe('the state of delivery', () => {
  it('is well where the last attempt did not fail, whatever was lost before anybody looked', async () => {
    const reader = new HealthReader();
    expect(reader.read(await statsWith({ dropped: 7 }), VIEW).state).toBe('ok');
    expect(reader.read(await statsWith({ dropped: 7 }), VIEW).state).toBe('ok');
  });

  it('is waiting while the last attempt failed', async () => {
    const reader = new HealthReader();
    const health = reader.read(await statsWith({ lastError: 'refused', pending: 3, oldestPendingMs: 12.6 }), VIEW);
    expect(health).toMatchObject({ state: 'waiting', lastError: 'refused', pending: 3, oldestPendingMs: 13 });
  });

  it.each(['dropped', 'deadLettered'] as const)('is losing for a minute after points were %s', async (kind) => {
    const reader = new HealthReader();
    reader.read(await statsWith({}), VIEW);
    expect(reader.read(await statsWith({ [kind]: 1 }), VIEW).state).toBe('losing');
    vi.advanceTimersByTime(59_999);
    expect(reader.read(await statsWith({ [kind]: 1 }), VIEW).state).toBe('losing');
    vi.advanceTimersByTime(1);
    expect(reader.read(await statsWith({ [kind]: 1 }), VIEW).state).toBe('ok');
  });

  it('is stopped once monitoring is, whatever else is', async () => {
    const reader = new HealthReader();
    reader.recordStop();
    expect(reader.read(await statsWith({ lastError: 'refused' }), VIEW).state).toBe('stopped');
  });
});
