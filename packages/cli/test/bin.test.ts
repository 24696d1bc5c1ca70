import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const PACKAGE = join(import.meta.dirname, '..');
// A release raises it, and must not break a test.
const { version: VERSION } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };

/** A package of which only the parts named are there. */
function makePackage(parent: string): { readonly folder: string; readonly bin: string } {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'bin-test-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  mkdirSync(join(folder, 'bin'));
  const bin = join(folder, 'bin/influx-monitoring.js');
  copyFileSync(join(PACKAGE, 'bin/influx-monitoring.js'), bin);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return { folder, bin };
}

function run(bin: string, ...commandArguments: string[]): Promise<{ code: number; output: string; errors: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [bin, ...commandArguments], (_error, output, errors) => {
      resolve({ code: child.exitCode ?? -1, output, errors });
    });
  });
}

describe('bin/influx-monitoring.js', () => {
  it('runs what was built', async () => {
    const { folder, bin } = makePackage(tmpdir());
    mkdirSync(join(folder, 'dist'));
    const built = 'export async function runProcess() { console.log("built", process.argv[2]); process.exitCode = 3; }';
    writeFileSync(join(folder, 'dist/index.mjs'), built);
    expect(await run(bin, 'doctor')).toEqual({ code: 3, output: 'built doctor\n', errors: '' });
  });

  it('runs the sources of a clone where nothing was built, and passes on its exit code', async () => {
    const { folder, bin } = makePackage(join(PACKAGE, '.tsbuild'));
    symlinkSync(join(PACKAGE, 'src'), join(folder, 'src'));
    expect(await run(bin, '--version')).toEqual({ code: 0, output: `${VERSION}\n`, errors: '' });
    expect(await run(bin, 'dctor')).toMatchObject({ code: 2, output: '' });
  });

  it('says what to do where there is neither', async () => {
    const { bin } = makePackage(tmpdir());
    const errors = 'influx-monitoring is not built, and tsx is not installed: run `npm ci && npm run build`\n';
    expect(await run(bin, 'doctor')).toEqual({ code: 1, output: '', errors });
  });
});
