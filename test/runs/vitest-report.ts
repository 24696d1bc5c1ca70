import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');

/** What a run of tests came to. */
export interface TestReport {
  readonly passedCount: number;
  /** The full name of each test that failed, and of each file that could not be run. */
  readonly failedTests: readonly string[];
  readonly seconds: number;
}

/** What is used of vitest's report in JSON. */
interface JsonReport {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** Runs vitest in a process of its own, on some files or on all. */
export async function runTests(files: readonly string[]): Promise<TestReport> {
  const folder = mkdtempSync(join(tmpdir(), 'influx-monitoring-tests-'));
  const outputFile = join(folder, 'report.json');
  const startedAtMs = performance.now();
  try {
    const child = spawn(process.execPath, [VITEST, 'run', '--reporter=json', `--outputFile=${outputFile}`, ...files], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await once(child, 'exit');
    // vitest writes it in this shape.
    const report = JSON.parse(readFileSync(outputFile, 'utf8')) as JsonReport;
    const seconds = (performance.now() - startedAtMs) / 1000;
    return { passedCount: report.numPassedTests, failedTests: report.testResults.flatMap(failuresOf), seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function failuresOf({ name, status, assertionResults }: JsonReport['testResults'][number]): readonly string[] {
  const failed = assertionResults.filter((result) => result.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [`${name}: could not be run`] : [];
  return failed.map(({ fullName }) => `${name}: ${fullName}`);
}
