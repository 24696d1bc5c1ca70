import type { StopResult } from '@influx-monitoring/core';
import { startInflux1, type Influx1Server } from '@influx-monitoring/test-servers';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Load, pause } from './load.ts';
import { SeededRandom } from './random.ts';
import { startInflux1Target, startStrictTarget, type Target } from './targets.ts';
import { verifyBalance } from './verify.ts';

/** What a run came to. */
export interface RunReport {
  readonly seed: number;
  readonly database: string;
  readonly durability: string;
  /** What was done to the database and to the application, in order. */
  readonly steps: readonly string[];
  readonly recordedCount: number;
  /** Points in the database; equal to those recorded where nothing was lost and nothing written over. */
  readonly storedCount: number;
  readonly overwrittenCount: number;
  /** Points that the database was to refuse. */
  readonly wrongTypeCount: number;
  /** Points that were dropped or went to the dead letters; equal to those that were to be refused. */
  readonly refusedCount: number;
  /** Numbers of points that are missing or there twice. */
  readonly wrongCount: number;
  readonly tookMs: number;
}

const DATABASES = ['1.6', '1.8', '2.7', '3'] as const;
const DURABILITIES = ['memory', 'overflow', 'wal', 'wal+fsync'] as const;
const MAX_STEPS = 8;
const MAX_TROUBLE_MS = 800;
/** A run takes seconds; one that takes longer says where it is, in milliseconds. */
const STUCK_AFTER_MS = 40_000;

/** Every so manieth run has this many times the load: then several requests are under way at once. */
const HEAVY_EVERY = 4;
const HEAVY_FACTOR = 5;
const CLOCK_STEP_MS = 60_000;
const MAX_WRONG_TYPE_COUNT = 5;

/** An application that restarts, before a database in trouble. All of it follows from the seed but the time it takes. */
export async function runSchedule(seed: number, influx1: Influx1Server): Promise<RunReport> {
  const random = new SeededRandom(seed);
  const startedAtMs = performance.now();
  const database = random.pick(DATABASES);
  const durability = random.pick(DURABILITIES);
  const target =
    database === '1.6' ? await startInflux1Target(influx1, `run${String(seed)}`) : await startStrictTarget(database);
  const loadFactor = seed % HEAVY_EVERY === 0 ? HEAVY_FACTOR : 1;
  const application = new Application(target, durability, random.integer(200, 4000) * loadFactor);
  const steps: string[] = [];
  const realNow = Date.now;
  const watch = setTimeout(() => {
    const stats = JSON.stringify(application.load.monitoring.stats());
    console.error(`the run with seed ${String(seed)} is stuck after ${steps.join('; ')}: ${stats}`);
  }, STUCK_AFTER_MS);
  try {
    await application.giveTypes();
    for (let count = random.integer(2, MAX_STEPS); count > 0; count -= 1) {
      steps.push(await takeStep(random, target, application));
    }
    Date.now = realNow;
    await application.load.drain();
    const { count, numbers, overwrittenCount } = await target.holding();
    verifyBalance(application.load.monitoring.stats());
    const { recordedCount, wrongTypeCount, refusedCount } = application;
    const seen = new Set(numbers);
    const wrongCount = recordedCount - seen.size + (numbers.length - seen.size);
    const tookMs = performance.now() - startedAtMs;
    return {
      seed,
      database,
      durability,
      steps,
      recordedCount,
      storedCount: count,
      overwrittenCount,
      wrongTypeCount,
      refusedCount,
      wrongCount,
      tookMs,
    };
  } finally {
    clearTimeout(watch);
    Date.now = realNow;
    await application.end();
    await target.stop();
  }
}

async function takeStep(random: SeededRandom, target: Target, application: Application): Promise<string> {
  const durationMs = random.integer(10, MAX_TROUBLE_MS);
  const kind = random.next();
  if (kind < 0.15 && application.canRestart) {
    await application.restart();
    return 'restart of the application';
  }
  if (kind < 0.25) {
    const realNow = Date.now;
    Date.now = () => realNow() - CLOCK_STEP_MS;
    await pause(durationMs);
    return 'clock a minute back';
  }
  if (kind < 0.4) {
    const count = random.integer(1, MAX_WRONG_TYPE_COUNT);
    const words = random.pick(Object.keys(target.refusals));
    application.recordWrongTypes(count);
    await target.refusals[words]?.(durationMs);
    return `${String(count)} points of a wrong type, refused with ${words} for ${String(durationMs)} ms`;
  }
  const name = random.pick(Object.keys(target.troubles));
  const trouble = target.troubles[name];
  const restarts = random.next() < 0.2 && application.canRestart;
  await Promise.all([trouble?.(durationMs), restarts ? application.restart() : pause(durationMs)]);
  return `${name} for ${String(durationMs)} ms${restarts ? ', and a restart of the application' : ''}`;
}

/** A service with its spool, if it has one. */
class Application {
  load: Load;
  wrongTypeCount = 0;
  #refusedBefore = 0;
  /** In seconds since 1970. */
  readonly #startedAt = Math.floor(Date.now() / 1000);
  readonly #target: Target;
  readonly #durability: (typeof DURABILITIES)[number];
  readonly #pointsPerSecond: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'schedule-'));

  constructor(target: Target, durability: (typeof DURABILITIES)[number], pointsPerSecond: number) {
    this.#target = target;
    this.#durability = durability;
    this.#pointsPerSecond = pointsPerSecond;
    this.load = this.#start(0);
  }

  get recordedCount(): number {
    return this.load.count;
  }

  /** Points that were dropped or went to the dead letters, restarts included. */
  get refusedCount(): number {
    return this.#refusedBefore + refusedBy(this.load);
  }

  /** Tells the database the type that other points will not have; by a process of its own, since ours would know it. */
  async giveTypes(): Promise<void> {
    const other = new Load(this.#target.options);
    other.addFirstOfItsType(this.#startedAt);
    await other.drain();
    await other.monitoring.stop();
  }

  recordWrongTypes(count: number): void {
    this.load.addRefused(count, this.#startedAt);
    this.wrongTypeCount += count;
  }

  /** Without a spool a restart while the database is away loses points, by its nature. */
  get canRestart(): boolean {
    return this.#durability !== 'memory';
  }

  /** @throws where something is lost */
  async restart(): Promise<void> {
    const { load } = this;
    load.pause();
    const result: StopResult = await load.monitoring.stop({ timeoutMs: 30 });
    verifyBalance(load.monitoring.stats());
    if (result.lost > 0) throw new Error(`stop() lost points: ${JSON.stringify(result)}`);
    this.#refusedBefore += refusedBy(load);
    this.load = this.#start(load.count);
    if (result.spooled > 0) await this.#adopted(result.spooled);
  }

  async end(): Promise<void> {
    this.load.pause();
    await this.load.monitoring.stop({ timeoutMs: 0 });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #start(firstNumber: number): Load {
    const delivery = { durability: this.#durability, spoolFolder: this.#folder };
    const load = new Load({ ...this.#target.options, delivery }, firstNumber);
    load.start(this.#pointsPerSecond);
    return load;
  }

  #adopted(count: number): Promise<void> {
    const { monitoring } = this.load;
    return new Promise((resolve, reject) => {
      monitoring.adapter.delivery.on('spool', (event) => {
        if (event.change !== 'adopted') return;
        if (event.count === count) resolve();
        else reject(new Error(`left ${String(count)}, adopted ${String(event.count)}`));
      });
    });
  }
}

function refusedBy({ monitoring }: Load): number {
  const { dropped, deadLettered } = monitoring.stats();
  return dropped + deadLettered;
}

/** Whether every point is there, once, and nothing was refused but what had to be. */
export function isSound(report: RunReport): boolean {
  const { recordedCount, storedCount, overwrittenCount, wrongTypeCount, refusedCount, wrongCount } = report;
  return recordedCount === storedCount && wrongTypeCount === refusedCount && overwrittenCount === 0 && wrongCount === 0;
}

/** Runs schedules, one after another. */
export async function runSchedules(seeds: readonly number[], onRun: (report: RunReport) => void): Promise<void> {
  const influx1 = await startInflux1();
  try {
    for (const seed of seeds) {
      let report: RunReport;
      try {
        report = await runSchedule(seed, influx1);
      } catch (error) {
        throw new Error(`the run with seed ${String(seed)} failed`, { cause: error });
      }
      onRun(report);
    }
  } finally {
    await influx1.stop();
  }
}
