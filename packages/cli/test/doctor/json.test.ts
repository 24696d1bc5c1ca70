import { freePort } from '@influx-monitoring/test-servers';
import { describe, expect, it } from 'vitest';
import { runCaptured } from '../support/captured-terminal.ts';
import { startReadable } from '../support/readable-influx.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const STEPS = [
  'configuration',
  'host',
  'connection',
  'HTTP or TLS',
  'credentials',
  'database',
  'write',
  'read back',
  'downsampling',
  'clocks',
  'spool folder',
];
const STATUSES = ['ok', 'warn', 'fail', 'skip'];

/** The one line that was printed, checked against what docs/cli.md says of its shape. */
function readLine(output: string): { readonly ok: boolean; readonly steps: readonly Record<string, unknown>[] } {
  expect(output).toMatch(/^\{[^\n]*\}\n$/);
  const report = JSON.parse(output) as Record<string, unknown>;
  expect(Object.keys(report)).toEqual(['ok', 'configuration', 'steps']);
  expect(typeof report['ok']).toBe('boolean');
  // Arrays of objects, or the keys below are not there.
  const configuration = report['configuration'] as Record<string, unknown>[];
  const steps = report['steps'] as Record<string, unknown>[];
  for (const value of configuration) {
    expect(Object.keys(value)).toEqual(['name', 'value', 'source']);
    expect([typeof value['name'], typeof value['source']]).toEqual(['string', 'string']);
    expect(['string', 'number', 'boolean']).toContain(typeof value['value']);
  }
  for (const { step, status, message, advice, ...others } of steps) {
    expect(others).toEqual({});
    expect(STEPS).toContain(step);
    expect(STATUSES).toContain(status);
    expect(typeof message).toBe('string');
    // Who is told of a failure is told what to do.
    if (status === 'fail' || advice !== undefined) expect(typeof advice).toBe('string');
  }
  return { ok: report['ok'] === true, steps };
}

describe('doctor --json', () => {
  it('prints one line of the shape that the docs have, with every step in its order', async () => {
    const { environment } = await startReadable();
    const run = await runCaptured(['doctor', '--json'], { environment, folder: makeFolder(), isTTY: true });
    expect(run).toMatchObject({ exitCode: 0, errorOutput: '' });
    const { ok, steps } = readLine(run.output);
    expect(ok).toBe(true);
    expect(steps.map(({ step }) => step)).toEqual(STEPS);
    expect(run.output).not.toContain('\u001b');
    expect(run.output).not.toContain('"token","value":"token"');
  });

  it('says false and what to do where something failed, and leaves no step out', async () => {
    const environment = { INFLUX_URL: `http://127.0.0.1:${String(await freePort())}`, INFLUX_DATABASE: 'luna' };
    const run = await runCaptured(['doctor', '--json'], { environment, folder: makeFolder() });
    expect(run).toMatchObject({ exitCode: 1, errorOutput: '' });
    const { ok, steps } = readLine(run.output);
    expect(ok).toBe(false);
    expect(steps.map(({ step }) => step)).toEqual(STEPS);
  });

  it('is still one line where the configuration is wrong, and where it is interrupted', async () => {
    const folder = makeFolder();
    const wrong = await runCaptured(['doctor', '--json'], { environment: { INFLUX_PORT: 'x\n' }, folder });
    expect(wrong).toMatchObject({ exitCode: 1, errorOutput: '' });
    expect(readLine(wrong.output)).toMatchObject({ ok: false, steps: [{ step: 'configuration', status: 'fail' }, {}] });

    const { environment } = await startReadable();
    const controller = new AbortController();
    controller.abort();
    const { signal } = controller;
    const interrupted = await runCaptured(['doctor', '--json'], { environment, folder, signal });
    expect(interrupted).toMatchObject({ exitCode: 130, errorOutput: 'interrupted\n' });
    expect(readLine(interrupted.output).ok).toBe(false);
  });
});
