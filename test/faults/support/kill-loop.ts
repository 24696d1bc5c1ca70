import type { MonitoringOptions } from '@influx-monitoring/core';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startStrictInflux, type StrictInflux } from '@influx-monitoring/test-servers';
import { Load, pause } from './load.ts';
import { SeededRandom } from './random.ts';
import { holdingOfStrict, verifyBalance } from './verify.ts';

const RECORDER = fileURLToPath(new URL('../children/recorder.ts', import.meta.url));
const POINTS_PER_SECOND = 4000;

/** The points of each process have numbers of their own, since it may record some after it last said how many. */
const NUMBERS_OF_A_LIFE = 1_000_000;

/** Options of `runKillLoop`. */
export interface KillLoopOptions {
  readonly durability: 'overflow' | 'wal' | 'wal+fsync';
  readonly flushingPeriod: number;
  readonly killCount: number;
  readonly seed: number;
}

/** What killing an application came to. */
export interface KillReport {
  readonly recordedCount: number;
  readonly lostCount: number;
  /** Age, when its process was killed, of the oldest point that was lost, for each kill, in milliseconds. */
  readonly oldestLostMs: readonly number[];
  readonly overwrittenCount: number;
}

/** Kills an application with -9 again and again, while its database comes and goes; then sees what is missing. */
export async function runKillLoop({
  durability,
  flushingPeriod,
  killCount,
  seed,
}: KillLoopOptions): Promise<KillReport> {
  const random = new SeededRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'kill-loop-'));
  const server = await startStrictInflux();
  const options: MonitoringOptions = {
    host: '127.0.0.1',
    port: server.port,
    credentials: { organization: server.organization, bucket: server.bucket, token: 'token' },
    flushingPeriod,
    delivery: { durability, spoolFolder: join(folder, 'spool') },
  };
  try {
    const lives: Life[] = [];
    for (let kill = 0; kill < killCount; kill += 1) {
      const isAway = random.next() < 0.5;
      if (isAway) await server.refuse();
      lives.push(
        await liveAndDie(
          options,
          kill * NUMBERS_OF_A_LIFE,
          random.integer(300, 1500),
          join(folder, `log${String(kill)}`),
        ),
      );
      if (isAway) await server.listen();
    }
    await adoptAll(options);
    return report(lives, server);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

interface Life {
  readonly firstNumber: number;
  readonly endNumber: number;
  readonly killedAtMs: number;
  /** How many points there were, and when. */
  readonly marks: readonly { readonly atMs: number; readonly count: number }[];
}

async function liveAndDie(
  options: MonitoringOptions,
  firstNumber: number,
  lifeMs: number,
  logPath: string,
): Promise<Life> {
  const order = JSON.stringify({ options, pointsPerSecond: POINTS_PER_SECOND, firstNumber });
  const log = openSync(logPath, 'w');
  const flags = ['--conditions=@influx-monitoring/source', '--import', 'tsx'];
  const child = spawn(process.execPath, [...flags, RECORDER, order], { stdio: ['ignore', log, 'inherit'] });
  while (readFileSync(logPath, 'utf8') === '') await pause(5);
  await pause(lifeMs);
  const killedAtMs = Date.now();
  child.kill('SIGKILL');
  await once(child, 'exit');
  closeSync(log);
  const lines = readFileSync(logPath, 'utf8').split('\n').slice(0, -1);
  const marks = lines.map((line) => {
    const [atMs, count] = line.split(' ');
    return { atMs: Number(atMs), count: Number(count) };
  });
  return { firstNumber, endNumber: marks.at(-1)?.count ?? firstNumber, killedAtMs, marks };
}

/** The next process takes over what all of them left, and delivers it. */
async function adoptAll(options: MonitoringOptions): Promise<void> {
  const load = new Load(options);
  // It looks for dead processes at once; whatever it found is pending after that.
  await pause(500);
  await load.drain();
  verifyBalance(load.monitoring.stats());
  await load.monitoring.stop();
}

function report(lives: readonly Life[], server: StrictInflux): KillReport {
  const { numbers, overwrittenCount } = holdingOfStrict(server);
  const stored = new Set(numbers);
  let lostCount = 0;
  const oldestLostMs = lives.map(({ firstNumber, endNumber, killedAtMs, marks }) => {
    const lost = Array.from({ length: endNumber - firstNumber }, (_value, index) => firstNumber + index).filter(
      (number) => !stored.has(number),
    );
    lostCount += lost.length;
    const oldest = lost[0];
    const recordedAtMs = oldest === undefined ? undefined : marks.find(({ count }) => count > oldest)?.atMs;
    return recordedAtMs === undefined ? 0 : killedAtMs - recordedAtMs;
  });
  const recordedCount = lives.reduce((sum, { firstNumber, endNumber }) => sum + endNumber - firstNumber, 0);
  return { recordedCount, lostCount, oldestLostMs, overwrittenCount };
}
