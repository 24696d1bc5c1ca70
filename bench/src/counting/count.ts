import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { spread, type Spread } from '../measure.ts';
import { majorOf } from '../runs.ts';
import { readWorkInstructions } from './callgrind.ts';

const CHILD = fileURLToPath(new URL('counting-child.js', import.meta.url));

/** Blocks that are counted, after one another in one process. */
const BLOCKS = 5;

/**
 * V8 compiles at last what has run some thousand times, and again when that proved wrong: a count began too early for some
 * functions, and lay anywhere within a tenth of a request. Compiled ten times as soon, they come to the same code, and
 * after a few hundred runs.
 */
const COMPILE_SOON = [
  ...['--minimum-invocations-after-ic-update=30', '--invocation-count-for-maglev=50'],
  majorOf({ node: process.version }) === '20' ? '--interrupt-budget=8000' : '--invocation-count-for-turbofan=300',
];

/** What is counted, and how often it is done. */
export interface Count {
  /** Its name among the subjects of `child.ts`. */
  readonly subject: string;
  readonly variant: string;
  /** How many there are of what the subject is one among. @defaultValue 1 */
  readonly size?: number;
  /** Of so many is most of what V8 compiles later than at once. */
  readonly warmUpTimes: number;
  /** So many are a block. */
  readonly times: number;
  /** Of the server that it needs. */
  readonly url?: string;
}

/** Counts each of them, as many at a time as there are processors. */
export async function countAll(counts: readonly Count[]): Promise<Spread[]> {
  const spreads: Spread[] = [];
  const left = counts.entries();
  const work = async (): Promise<void> => {
    for (const [index, count] of left) {
      const { size, subject, variant } = count;
      process.stderr.write(`  ${subject}${size === undefined ? '' : ` of ${String(size)}`}, ${variant} …\n`);
      spreads[index] = await countInstructions(count);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return spreads;
}

/**
 * Instructions of one of the things that a process does, once it is warm: the median of five blocks in a row, and their
 * quartiles. Nothing else on the machine shows in them. Collecting garbage and compiling stand aside, as they come in
 * pieces of milliseconds.
 */
async function countInstructions({ subject, variant, size = 1, warmUpTimes, times, url = '' }: Count): Promise<Spread> {
  const folder = mkdtempSync(join(tmpdir(), 'influx-monitoring-bench-'));
  const path = join(folder, 'callgrind.out');
  const sign = join(folder, 'counting');
  const amounts = [size, warmUpTimes, times, BLOCKS].map(String);
  const child = fork(CHILD, [subject, variant, ...amounts, sign, url], {
    execPath: 'valgrind',
    execArgv: [
      ...['--quiet', '--tool=callgrind', '--smc-check=all-non-file', `--callgrind-out-file=${path}`],
      // Warming up is not counted, and ten times as fast for it.
      ...['--instr-atstart=no', '--dump-before=uv_os_getpriority'],
      // Under valgrind V8 takes a busy process for an idle one, and marks its memory all the time.
      ...[process.execPath, '--single-threaded', '--random-seed=1', '--no-incremental-marking', ...COMPILE_SOON],
    ],
  });
  try {
    const ended = once(child, 'exit');
    const isWarm = await Promise.race([once(child, 'message').then(() => true), ended.then(() => false)]);
    if (isWarm) {
      await promisify(execFile)('vgdb', [`--pid=${String(child.pid)}`, 'instrumentation', 'on']);
      writeFileSync(sign, '');
    }
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`valgrind, ${subject}, ${variant}: expected exit code 0, got ${String(code)}`);
    // The first part is the wait for the sign; then each block, and what is between it and the next.
    const parts = Array.from({ length: BLOCKS }, (_, block) => `${path}.${String(2 * block + 2)}`);
    return spread(parts.map((part) => readWorkInstructions(part) / times));
  } finally {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
