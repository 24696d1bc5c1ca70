import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStrictInflux } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { runCaptured, type CapturedRun } from './support/captured-terminal.ts';
import { makeCertificate } from './support/certificate.ts';
import { runDoctor } from './support/doctor-run.ts';
import { startProxy } from './support/proxy.ts';
import { makeFolder } from './support/temporary-folder.ts';
import { startTlsInflux1, type TlsInflux1 } from './support/tls-influx1.ts';

describe('the file of an authority (INFLUX_TLS_CA), with a real InfluxDB 1.6 over TLS', () => {
  let tls: TlsInflux1;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'influx-monitoring-tls-'));
    tls = await startTlsInflux1(folder);
  });

  afterAll(async () => {
    await tls.stop();
    rmSync(folder, { recursive: true });
  });

  const environmentOf = (): Record<string, string> => ({
    INFLUX_URL: `https://localhost:${String(tls.port)}`,
    INFLUX_DATABASE: 'luna',
    INFLUX_TLS_CA: tls.certificate,
  });
  const run = (...words: string[]): Promise<CapturedRun> =>
    runCaptured(words, { environment: environmentOf(), folder: makeFolder() });

  it('is taken by setup, doctor, replay and backfill', async () => {
    expect(await run('setup', '--downsample', '--yes')).toMatchObject({ exitCode: 0, errorOutput: '' });
    const report = await runDoctor([], { environment: environmentOf(), folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, ok: true, failures: '' });
    expect(report.steps.find(({ step }) => step === 'HTTP or TLS')?.message).toContain('TLS, certificate trusted');
    const lines = join(makeFolder(), 'monday.lp');
    writeFileSync(lines, `requests,service=shop execution_time=1 ${String(Date.now() - 3_600_000)}000000\n`);
    expect(await run('replay', lines)).toMatchObject({ exitCode: 0, output: '1 lines read, 1 written, 0 refused\n' });
    expect((await run('backfill', '--from', '2h')).output).toMatch(/^\d+ windows computed/);
  });

  it('that is not there is said by each before anything is asked', async () => {
    const missing = join(makeFolder(), 'none.pem');
    const environment = { ...environmentOf(), INFLUX_TLS_CA: missing };
    for (const words of [['setup', '--yes'], ['doctor'], ['backfill', '--from', '2h']]) {
      const ended = await runCaptured(words, { environment, folder: makeFolder() });
      expect([words, ended.exitCode, ended.output + ended.errorOutput]).toEqual([
        words,
        1,
        expect.stringContaining(missing),
      ]);
    }
  });
});

describe('the files of a client (INFLUX_TLS_CERT, INFLUX_TLS_KEY)', () => {
  it('are shown by doctor to a server that demands them', async () => {
    const influx = await startStrictInflux();
    const [ofServer, ofClient] = ['server', 'client'].map((name) => {
      const folder = join(makeFolder(), name);
      mkdirSync(folder);
      return makeCertificate(folder);
    });
    if (ofServer === undefined || ofClient === undefined) throw new Error('two certificates were made');
    const proxy = await startProxy(influx.port, { tls: ofServer, client: ofClient });
    onTestFinished(async () => {
      await proxy.stop();
      await influx.stop();
    });
    const environment = {
      INFLUX_URL: `https://127.0.0.1:${String(proxy.port)}`,
      INFLUX_TOKEN: 'token',
      INFLUX_ORG: 'luna',
      INFLUX_BUCKET: 'luna_monitoring',
      INFLUX_TLS_CA: ofServer.certificate,
    };
    const without = await runDoctor([], { environment, folder: makeFolder() });
    expect(without).toMatchObject({ exitCode: 1, statuses: { 'HTTP or TLS': 'fail' } });
    const own = { ...environment, INFLUX_TLS_CERT: ofClient.certificate, INFLUX_TLS_KEY: ofClient.key };
    const report = await runDoctor([], { environment: own, folder: makeFolder() });
    expect(report.statuses).toMatchObject({ 'HTTP or TLS': 'ok', credentials: 'ok', database: 'ok', write: 'ok' });
    expect(influx.store.count('influx_monitoring_doctor')).toBe(1);
  });
});
