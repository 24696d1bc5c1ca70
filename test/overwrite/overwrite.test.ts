import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { MonitoringStats } from '@influx-monitoring/core';
import { startInflux1, type Influx1Server } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const RECORDER = fileURLToPath(new URL('children/recorder.ts', import.meta.url));
const DATABASE = 'overwrite';
const POINTS_A_PROCESS = 250_000;

describe('four processes that record a million points of one tag set at once', () => {
  let influx: Influx1Server;

  beforeAll(async () => {
    influx = await startInflux1();
    await influx.createDatabase(DATABASE);
  });

  afterAll(() => influx.stop());

  async function record(timeFrom: 'given' | 'monitoring'): Promise<MonitoringStats> {
    const target = [String(influx.port), DATABASE, String(POINTS_A_PROCESS), timeFrom];
    const options = ['--conditions=@influx-monitoring/source', '--import', 'tsx'];
    const { stdout } = await run(process.execPath, [...options, RECORDER, ...target]);
    return JSON.parse(stdout) as MonitoringStats; // what the recorder prints
  }

  it('overwrite none: each is counted in InfluxDB', { timeout: 180_000 }, async () => {
    const stats = await Promise.all((['given', 'given', 'monitoring', 'monitoring'] as const).map(record));
    for (const { recorded, delivered, dropped } of stats) {
      expect({ recorded, delivered, dropped }).toEqual({
        recorded: POINTS_A_PROCESS,
        delivered: POINTS_A_PROCESS,
        dropped: 0,
      });
    }
    expect(new Set(stats.map(({ lane }) => lane)).size).toBe(4);
    expect(await influx.count(DATABASE, 'requests')).toBe(4 * POINTS_A_PROCESS);
    // One tag set: only the time keeps the points apart.
    expect(await influx.query(DATABASE, 'SHOW SERIES FROM "requests"')).toHaveLength(1);
  });
});
