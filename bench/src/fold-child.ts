/** What the topic `fold` measures in a process of its own, so that nothing before it has grown its memory. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { FoldEvents, newFoldingMonitoring } from './fold-events.ts';
import { spread } from './measure.ts';

/** What a child measured: figures by name. */
export interface FoldFigures {
  readonly growthBytesPerEvent: number;
  readonly manySetsMiB: number;
  /** What the end of a period blocks the event loop for. */
  readonly manySetsEndMs: number;
  readonly rate: FoldRate;
}

/** A high rate of events into a database. */
export interface FoldRate {
  readonly events: number;
  readonly seconds: number;
  readonly sets: number;
  /** Periods that had events, by the clock. */
  readonly periods: number;
  readonly cpuSeconds: number;
  readonly delayAddedMs: number;
  readonly rssGrowthMiB: number;
}

const EVENTS_PER_SECOND = 1_000_000;
/** Beyond that a turn of the event loop ends, and the rest comes with the next one. */
const MAX_EVENTS_OF_A_TURN = 5000;
const GROWTH_EVENTS = 1_000_000;
const GROWTH_ROUNDS = 5;
const FEW_SETS = 100;
const MANY_SETS = 10_000;
const PERIOD_SECONDS = 1;
const IDLE_SECONDS = 3;
const RSS_EVERY_MS = 100;
const MIB = 1024 * 1024;

const [name = '', ...rest] = process.argv.slice(2);
const MEASURES: Readonly<Record<string, (...words: string[]) => unknown>> = { growth, manySets, rate };
const measure = MEASURES[name];
if (measure === undefined) throw new Error(`expected one of ${Object.keys(MEASURES).join(', ')}, got ${name}`);
process.send?.(await measure(...rest));
process.disconnect?.();

/** Bytes that are left of an event when the garbage is collected, once all its sets of tags are known. */
function growth(): Pick<FoldFigures, 'growthBytesPerEvent'> {
  const monitoring = newFoldingMonitoring();
  const events = new FoldEvents(FEW_SETS);
  events.fold(monitoring, GROWTH_EVENTS);
  const grown = Array.from({ length: GROWTH_ROUNDS }, () => {
    const before = heapBytes();
    events.fold(monitoring, GROWTH_EVENTS);
    return (heapBytes() - before) / GROWTH_EVENTS;
  });
  const { openPeriods } = monitoring.stats();
  if (openPeriods !== GROWTH_EVENTS * (GROWTH_ROUNDS + 1))
    throw new Error(`of all events ${String(openPeriods)} are open`);
  return { growthBytesPerEvent: spread(grown).median };
}

/** Memory of 10,000 sets of tags, and what the end of their period takes. */
async function manySets(): Promise<Pick<FoldFigures, 'manySetsMiB' | 'manySetsEndMs'>> {
  const monitoring = newFoldingMonitoring();
  const events = new FoldEvents(MANY_SETS);
  const before = heapBytes();
  const endMs: number[] = [];
  let heldMiB = NaN;
  for (let round = 0; round < 5; round += 1) {
    events.fold(monitoring, MANY_SETS * 100);
    if (round === 0) heldMiB = (heapBytes() - before) / MIB;
    const startedAtMs = performance.now();
    const flushed = monitoring.flush();
    endMs.push(performance.now() - startedAtMs);
    await flushed;
  }
  const { delivered } = monitoring.stats();
  if (delivered !== endMs.length * MANY_SETS) throw new Error(`expected a point a set, got ${String(delivered)}`);
  return { manySetsMiB: heldMiB, manySetsEndMs: spread(endMs).median };
}

async function rate(port = '', secondsText = ''): Promise<Pick<FoldFigures, 'rate'>> {
  const monitoring = new LunaRequestInfluxMonitoring({
    credentials: { dbName: 'bench' },
    host: '127.0.0.1',
    port: Number(port),
    aggregate: { series: ['requests'], periodSeconds: PERIOD_SECONDS },
  });
  const events = new FoldEvents(FEW_SETS);
  const idle = await paced(IDLE_SECONDS, () => undefined);
  const firstPeriod = currentPeriod();
  // V8 compiles, and the heap grows to what it needs.
  const warm = await paced(IDLE_SECONDS, (count) => {
    events.fold(monitoring, count);
  });
  const cpu = process.cpuUsage();
  const busy = await paced(Number(secondsText), (count) => {
    events.fold(monitoring, count);
  });
  const { user, system } = process.cpuUsage(cpu);
  const periods = currentPeriod() - firstPeriod + 1;
  await monitoring.flush();
  const { folded } = monitoring.stats();
  if (folded !== warm.events + busy.events) throw new Error(`expected all events to be folded, got ${String(folded)}`);
  await monitoring.stop();
  const third = Math.floor(busy.rssMiB.length / 3);
  return {
    rate: {
      events: busy.events,
      seconds: busy.seconds,
      sets: events.sets,
      periods,
      cpuSeconds: (user + system) / 1e6,
      delayAddedMs: busy.delayP99Ms - idle.delayP99Ms,
      rssGrowthMiB: mean(busy.rssMiB.slice(-third)) - mean(busy.rssMiB.slice(0, third)),
    },
  };
}

interface Paced {
  readonly events: number;
  readonly seconds: number;
  readonly delayP99Ms: number;
  readonly rssMiB: readonly number[];
}

/** Does as many events each millisecond as are due. */
async function paced(seconds: number, work: (count: number) => void): Promise<Paced> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const rssMiB: number[] = [];
  const startedAtMs = performance.now();
  let events = 0;
  delay.enable();
  for (let passedMs = 0; passedMs < seconds * 1000; passedMs = performance.now() - startedAtMs) {
    const due = Math.floor((passedMs / 1000) * EVENTS_PER_SECOND) - events;
    const count = Math.min(due, MAX_EVENTS_OF_A_TURN);
    work(count);
    events += count;
    if (passedMs >= rssMiB.length * RSS_EVERY_MS) rssMiB.push(process.memoryUsage.rss() / MIB);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  delay.disable();
  return { events, seconds: (performance.now() - startedAtMs) / 1000, delayP99Ms: delay.percentile(99) / 1e6, rssMiB };
}

function currentPeriod(): number {
  return Math.floor(Date.now() / 1000 / PERIOD_SECONDS);
}

/** What is on the heap, and in the arrays outside of it. */
function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error('expected --expose-gc');
  globalThis.gc();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
