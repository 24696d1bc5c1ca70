import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { startInflux1 } from '../../test/servers/index.ts';
import type { FoldFigures } from './fold-child.ts';
import { FoldEvents, newFoldingMonitoring } from './fold-events.ts';
import { compare, spread, type Spread } from './measure.ts';
import type { Result, Topic } from './report.ts';

const INSTALLER = fileURLToPath(new URL('../../test/servers/install.mjs', import.meta.url));
const CHILD = fileURLToPath(new URL('fold-child.js', import.meta.url));
const FEW_SETS = 100;
const MANY_SETS = 10_000;
const RATE_SECONDS = 60;
const SHORT_RATE_SECONDS = 5;

/** What folding an event costs, with few and with many sets of tags, and a million events a second into InfluxDB 1. */
export const fold: Topic = async ({ isProfiled, isShort }) => {
  execFileSync(process.execPath, [INSTALLER, 'influxd'], { stdio: 'inherit' });
  return [
    await ofAnEvent(isProfiled),
    await withManySets(),
    await atAMillionASecond(isShort ? SHORT_RATE_SECONDS : RATE_SECONDS),
  ];
};

async function ofAnEvent(isProfiled: boolean): Promise<Result> {
  process.stderr.write('  an event …\n');
  const { timings, foldedNs, recordedNs } = await timesOf(FEW_SETS, isProfiled);
  const { growthBytesPerEvent } = await measured<'growthBytesPerEvent'>('growth');
  return {
    title: 'Folding an event: 100 sets of tags',
    unit: 'ns per event',
    timings,
    figures: [
      { name: 'fold.event-ns', ...spread(foldedNs) },
      {
        name: 'fold.event-against-recording',
        ...spread(foldedNs.map((ns, round) => ns / (recordedNs[round] ?? NaN))),
      },
      { name: 'fold.heap-growth-bytes-an-event', ...exactly(growthBytesPerEvent) },
    ],
  };
}

async function withManySets(): Promise<Result> {
  process.stderr.write('  10,000 sets of tags …\n');
  const { timings, foldedNs } = await timesOf(MANY_SETS, false);
  const { manySetsEndMs, manySetsMiB } = await measured<'manySetsEndMs' | 'manySetsMiB'>('manySets');
  return {
    title: 'Folding an event: 10,000 sets of tags, durations within one decade',
    unit: 'ns per event',
    timings,
    figures: [
      { name: 'fold.event-ns-10000-sets', ...spread(foldedNs) },
      { name: 'fold.memory-mib-10000-sets', ...exactly(manySetsMiB) },
      // All in one turn of the event loop.
      { name: 'fold.period-end-ms-10000-sets', ...exactly(manySetsEndMs) },
    ],
  };
}

/** What an event takes over building it, in nanoseconds round by round: folded, and recorded as a point. */
async function timesOf(
  sets: number,
  isProfiled: boolean,
): Promise<Pick<Result, 'timings'> & Readonly<Record<'foldedNs' | 'recordedNs', readonly number[]>>> {
  const folding = newFoldingMonitoring();
  const recording = new LunaRequestInfluxMonitoring({ flushingPeriod: 3600 });
  const events = new FoldEvents(sets);
  let last: unknown;
  const timings = await compare(
    [
      {
        name: 'built alone',
        run: (times) => {
          for (let index = 0; index < times; index += 1) last = events.build(folding);
        },
      },
      {
        name: 'folded',
        run: (times) => {
          events.fold(folding, times);
        },
      },
      {
        name: 'recorded as a point',
        run: (times) => {
          events.fold(recording, times);
        },
        after: () => recording.flush(),
      },
    ],
    { times: Math.max(20_000, 4 * sets), rounds: 31, isProfiled },
  );
  if (last === undefined) throw new Error('the loop was optimised away');
  await folding.stop();
  await recording.stop();
  const [built, folded, recorded] = timings;
  if (built === undefined || folded === undefined || recorded === undefined) throw new Error('a variant is missing');
  const over = ({ roundsNs }: typeof folded): number[] =>
    roundsNs.map((ns, round) => ns - (built.roundsNs[round] ?? NaN));
  return { timings, foldedNs: over(folded), recordedNs: over(recorded) };
}

async function atAMillionASecond(seconds: number): Promise<Result> {
  process.stderr.write(`  1,000,000 events a second for ${String(seconds)} s …\n`);
  const influx = await startInflux1();
  try {
    await influx.createDatabase('bench');
    const { rate } = await measured<'rate'>('rate', String(influx.port), String(seconds));
    const stored = await influx.count('bench', 'requests_summary');
    return {
      title: `1,000,000 events a second folded into InfluxDB 1.6: 100 sets of tags, periods of a second`,
      unit: '',
      timings: [],
      figures: [
        { name: 'fold.events-a-second', ...exactly(rate.events / rate.seconds) },
        { name: 'fold.cpu-us-an-event', ...exactly((rate.cpuSeconds * 1e6) / rate.events) },
        { name: 'fold.points-against-sets-and-periods', ...exactly(stored / (rate.sets * rate.periods)) },
        { name: 'fold.memory-growth-mib', ...exactly(rate.rssGrowthMiB) },
        { name: 'fold.event-loop-delay-p99-added-ms', ...exactly(rate.delayAddedMs) },
      ],
    };
  } finally {
    await influx.stop();
  }
}

/** Has a process of its own measure something. */
async function measured<Name extends keyof FoldFigures>(...words: string[]): Promise<Pick<FoldFigures, Name>> {
  const child = fork(CHILD, words, { execArgv: ['--expose-gc'] });
  try {
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`fold, ${words.join(' ')}: expected figures, got exit code ${String(code)}`);
    });
    const [answer] = (await Promise.race([once(child, 'message'), ended])) as [FoldFigures];
    return answer;
  } finally {
    child.kill();
  }
}

function exactly(value: number): Spread {
  return { median: value, lower: value, upper: value };
}
