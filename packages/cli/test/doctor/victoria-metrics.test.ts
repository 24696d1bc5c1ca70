import { startVictoriaMetrics } from '@influx-monitoring/test-servers';
import { expect, it, onTestFinished } from 'vitest';
import { runDoctor } from '../support/doctor-run.ts';
import { makeFolder } from '../support/temporary-folder.ts';

it.each([
  ['1.x', { INFLUX_DATABASE: 'luna' }],
  ['2.x', { INFLUX_TOKEN: 't', INFLUX_ORG: 'o', INFLUX_BUCKET: 'b' }],
])(
  'doctor knows VictoriaMetrics with credentials of %s: writes work, there is no database to make',
  async (_version, credentials) => {
    const server = await startVictoriaMetrics();
    onTestFinished(() => server.stop());
    const report = await runDoctor([], {
      environment: { INFLUX_URL: server.url, ...credentials },
      folder: makeFolder(),
    });
    expect(report).toMatchObject({
      exitCode: 0,
      failures: '',
      statuses: { 'HTTP or TLS': 'ok', database: 'ok', write: 'ok' },
    });
    expect(report.steps.find(({ step }) => step === 'HTTP or TLS')?.message).toContain('is VictoriaMetrics');
  },
);
