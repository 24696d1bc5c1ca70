import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMonitoring } from '@influx-monitoring/core';
import { startStrictInflux } from '@influx-monitoring/test-servers';
import { afterEach, expect, it, vi } from 'vitest';
import { readDeployment } from '../hosts/containers/deployment.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

// What a container does with them, `npm run test:hosts` tries.
it('all variables of the Deployment in docs/containers.md are settings, and the database takes what they say', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'containers-'));
  const influx = await startStrictInflux();
  const { env, mountPath } = readDeployment();
  expect(env['MONITORING_SPOOL_FOLDER']).toBe(mountPath);
  const variables = { ...env, INFLUX_URL: influx.url, INFLUX_TOKEN: 'token', MONITORING_SPOOL_FOLDER: folder };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const warnings: string[] = [];
  const note = (line: string): void => void warnings.push(line);
  const monitoring = createMonitoring({ logger: { info() {}, warn: note, error: note } });
  monitoring.addPoints([{ series: 'probes', fields: { count: 1 }, tags: {}, eventTime: monitoring.now() }]);
  await monitoring.stop();
  expect(warnings).toEqual([]);
  expect(influx.store.points('probes')).toHaveLength(1);
  await influx.stop();
  rmSync(folder, { recursive: true, force: true });
});
