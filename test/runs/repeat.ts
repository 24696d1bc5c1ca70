/**
 * Runs test files again and again, idle or beside a load: `npm run test:repeat -- --runs 20 --load FILE...`. A test that
 * fails once in twenty runs is a fault.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runTests, type TestReport } from './vitest-report.ts';

const HELP = `npm run test:repeat -- [--runs N] [--load] [FILE...]

Runs test files N times and tells each failure; all files where none is given.
  --runs N   how often (20)
  --load     beside a busy loop on each core`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', default: false },
    load: { type: 'boolean', default: false },
    runs: { type: 'string', default: '20' },
  },
});

if (values.help) console.log(HELP);
else await main(Number(values.runs));

async function main(runCount: number): Promise<void> {
  if (!Number.isInteger(runCount) || runCount < 1) {
    throw new Error(`--runs: expected a whole number from 1 on, got "${values.runs}"`);
  }
  const load = values.load ? Array.from({ length: availableParallelism() }, startBusyLoop) : [];
  const failures = new Map<string, number>();
  try {
    for (let run = 1; run <= runCount; run += 1) {
      const report = await runTests(positionals);
      for (const name of report.failedTests) failures.set(name, (failures.get(name) ?? 0) + 1);
      console.log(lineOf(run, runCount, report));
    }
  } finally {
    await Promise.all(load.map(stop));
  }
  for (const [name, count] of failures) console.log(`failed ${String(count)} of ${String(runCount)}: ${name}`);
  process.exitCode = failures.size === 0 ? 0 : 1;
}

function lineOf(run: number, runCount: number, { passedCount, failedTests, seconds }: TestReport): string {
  const failed = failedTests.map((name) => `\n  ${name}`).join('');
  const counts = `${String(passedCount)} passed, ${String(failedTests.length)} failed`;
  return `run ${String(run)} of ${String(runCount)}: ${counts} in ${seconds.toFixed(1)} s${failed}`;
}

function startBusyLoop(): ChildProcess {
  return spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' });
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
