import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWorkInstructions } from './callgrind.ts';
import { HTTP_VARIANTS } from './http-variants.ts';
import type { Timing } from './measure.ts';
import type { Figure, Result, Topic } from './report.ts';

const CHILD = fileURLToPath(new URL('http-child.js', import.meta.url));
const INSTALLER = fileURLToPath(new URL('../../test/servers/install.mjs', import.meta.url));
const [, FLOOR, OURS, , BUNDLE, , , TELEMETRY] = HTTP_VARIANTS;

/** What a request takes is what so many more of them take. */
const FEW_REQUESTS = 4000;
const MANY_REQUESTS = 8000;

/**
 * What monitoring adds to an Express request, in instructions that the processor executes: nothing else on the machine
 * shows in them, and runs differ by some hundredths, as V8 compiles at other moments. Collecting garbage and compiling stand
 * aside, as they come in pieces of milliseconds.
 */
export const instructions: Topic = async ({ isShort }) => {
  if (isShort) {
    process.stderr.write('  left out of the short form: they take minutes\n');
    return [];
  }
  try {
    execFileSync(process.execPath, [INSTALLER, 'valgrind'], { stdio: 'inherit' });
  } catch {
    // The installer has said why.
    process.stderr.write('  left out: instructions are counted by valgrind\n');
    return [];
  }
  const timings: Timing[] = [];
  for (const name of [FLOOR, OURS, BUNDLE, TELEMETRY]) {
    process.stderr.write(`  ${name} …\n`);
    const count = await instructionsOfRequest(name);
    timings.push({ name, medianNs: count, lowerNs: count, upperNs: count, roundsNs: [count] });
  }
  const [floor = NaN, ours = NaN, bundle = NaN, telemetry = NaN] = timings.map(({ medianNs }) => medianNs);
  const added = ours - floor;
  const result: Result = {
    title: 'Instructions of an Express request: 1 route, 1 in flight, in memory (valgrind)',
    unit: 'instructions per request',
    timings,
    figures: [
      exactly('instructions.added', added),
      exactly('instructions.added-against-prom-bundle', added / (bundle - floor)),
      exactly('instructions.added-against-opentelemetry', added / (telemetry - floor)),
    ],
  };
  return [result];
};

async function instructionsOfRequest(variant: string): Promise<number> {
  const [few, many] = await Promise.all([workOf(variant, FEW_REQUESTS), workOf(variant, MANY_REQUESTS)]);
  return (many - few) / (MANY_REQUESTS - FEW_REQUESTS);
}

/** Instructions of a service that answers so many requests and ends. */
async function workOf(variant: string, times: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'influx-monitoring-bench-'));
  const path = join(folder, 'callgrind.out');
  let child: ChildProcess | undefined;
  try {
    child = fork(CHILD, [variant, '1', 'memory'], {
      execPath: 'valgrind',
      execArgv: [
        ...['--quiet', '--tool=callgrind', '--smc-check=all-non-file', `--callgrind-out-file=${path}`],
        // Under valgrind V8 takes a busy process for an idle one, and marks its memory all the time.
        ...[process.execPath, '--single-threaded', '--random-seed=1', '--no-incremental-marking'],
      ],
    });
    await answerOf(child);
    child.send({ times, inFlight: 1 });
    await answerOf(child);
    child.disconnect();
    await once(child, 'exit');
    return readWorkInstructions(path);
  } finally {
    child?.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function answerOf(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`valgrind: expected an answer of the service in it, got its end, code ${String(code)}`);
  });
  await Promise.race([once(child, 'message'), ended]);
}

function exactly(name: string, value: number): Figure {
  return { name, median: value, lower: value, upper: value };
}
