import { LunaRequestInfluxMonitoring, type MonitoringStats } from '@influx-monitoring/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HealthReader } from '../../src/process/health.ts';

const NOW = 1_700_000_000.5;
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
    expect(reader.read(await statsWith({ dropped: 7 }), VIEW, NOW).state).toBe('ok');
    expect(reader.read(await statsWith({ dropped: 7 }), VIEW, NOW).state).toBe('ok');
  });

  it('is waiting while the last attempt failed', async () => {
    const reader = new HealthReader();
    const health = reader.read(await statsWith({ lastError: 'refused', pending: 3, oldestPendingMs: 12.6 }), VIEW, NOW);
    expect(health).toMatchObject({ state: 'waiting', lastError: 'refused', pending: 3, oldestPendingMs: 13 });
  });

  it.each(['dropped', 'deadLettered'] as const)('is losing for a minute after points were %s', async (kind) => {
    const reader = new HealthReader();
    reader.read(await statsWith({}), VIEW, NOW);
    expect(reader.read(await statsWith({ [kind]: 1 }), VIEW, NOW).state).toBe('losing');
    vi.advanceTimersByTime(59_999);
    expect(reader.read(await statsWith({ [kind]: 1 }), VIEW, NOW).state).toBe('losing');
    vi.advanceTimersByTime(1);
    expect(reader.read(await statsWith({ [kind]: 1 }), VIEW, NOW).state).toBe('ok');
  });

  it('is stopped once monitoring is, whatever else is', async () => {
    const reader = new HealthReader();
    reader.recordStop();
    expect(reader.read(await statsWith({ lastError: 'refused' }), VIEW, NOW).state).toBe('stopped');
  });

  it.each(['HTTP 401: unauthorized', 'HTTP 403', 'HTTP 404: bucket "x" not found', 'HTTP 200', 'HTTP 302', 'HTTP 407'])(
    'needs somebody after %s, which no time heals',
    async (lastError) => {
      const health = new HealthReader().read(await statsWith({ lastError, pending: 3 }), VIEW, NOW);
      expect(health).toMatchObject({ state: 'needs-operator', reason: lastError });
    },
  );

  it.each(['HTTP 503: overloaded', 'HTTP 429', 'HTTP 500', 'connect ECONNREFUSED 127.0.0.1:4040'])(
    'waits after %s, which heals by itself',
    async (lastError) => {
      const health = new HealthReader().read(await statsWith({ lastError, pending: 3 }), VIEW, NOW);
      expect(health).toMatchObject({ state: 'waiting', reason: lastError });
    },
  );

  it('says since when it is so, and how much is being lost', async () => {
    const reader = new HealthReader();
    expect(reader.read(await statsWith({ dropped: 2 }), VIEW, NOW)).toMatchObject({
      since: 1_700_000_000,
      reason: null,
    });
    expect(reader.read(await statsWith({ dropped: 5 }), VIEW, NOW + 7)).toMatchObject({
      state: 'losing',
      since: 1_700_000_007,
      reason: '3 points were dropped or refused',
    });
    expect(reader.read(await statsWith({ dropped: 9 }), VIEW, NOW + 9)).toMatchObject({
      since: 1_700_000_007,
      reason: '7 points were dropped or refused',
    });
  });
});
