import { LunaRequestInfluxMonitoring, type Monitoring } from '@influx-monitoring/core';
import { describe, expect, it } from 'vitest';
import { readHealth } from '../../src/process/health.ts';

const VIEW = { destination: 'InfluxDB', viewers: 1, storeBytes: 0 } as const;

/** A monitoring that says how it does. */
async function monitoringThatSays(
  health: ReturnType<Monitoring['health']>,
): Promise<Pick<Monitoring, 'health' | 'stats'>> {
  await using monitoring = new LunaRequestInfluxMonitoring();
  const stats = { ...monitoring.stats(), lastError: 'refused', oldestPendingMs: 12.6, pending: 3 };
  return { health: () => health, stats: () => stats };
}

describe('the health that the page shows', () => {
  it.each(['waiting', 'needs-operator', 'losing'] as const)('has the state %s in the words of core', async (state) => {
    const monitoring = await monitoringThatSays({ state, reason: 'as core says', since: 1_700_000_000.9 });
    expect(readHealth(monitoring, VIEW)).toMatchObject({
      state,
      reason: 'as core says',
      since: 1_700_000_000,
      lastError: 'refused',
      oldestPendingMs: 13,
      pending: 3,
      ...VIEW,
    });
  });

  it('tells the first five tags that had too many values by name, and how many did', async () => {
    await using monitoring = new LunaRequestInfluxMonitoring();
    const overflowedTags = Object.fromEntries(
      ['g', 'c', 'a', 'b', 'e', 'd', 'f'].map((name) => [`requests.${name}`, 1]),
    );
    const stats = { ...monitoring.stats(), overflowedTags };
    expect(readHealth({ health: () => monitoring.health(), stats: () => stats }, VIEW)).toMatchObject({
      overflowedTags: ['requests.a', 'requests.b', 'requests.c', 'requests.d', 'requests.e'],
      overflowedTagCount: 7,
    });
  });

  it('has no reason where all is well, and is stopped once monitoring is', async () => {
    const monitoring = new LunaRequestInfluxMonitoring();
    expect(readHealth(monitoring, VIEW)).toMatchObject({ state: 'ok', reason: null });
    await monitoring.stop();
    expect(readHealth(monitoring, VIEW).state).toBe('stopped');
  });
});
