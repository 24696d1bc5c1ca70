import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createMonitoring } from '@influx-monitoring/core';
import { freePort, startInflux1, type Influx1Server } from '@influx-monitoring/test-servers';
import type { Fleet, FleetPlace } from './fleets.ts';
import { Traffic } from './traffic.ts';
import { judge, type Verdict } from './verdict.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/processes/', import.meta.url));
const DATABASE = 'fleet';
const QUIET_MS = 1000;
const INTERRUPTED = 130;
const RESTART_DEADLINE_MS = 60_000;
const ADOPTION_DEADLINE_MS = 60_000;
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What happens to a fleet under traffic: so many reloads and kills, some of them while the database is away. */
export interface Scenario {
  readonly durability: 'overflow' | 'wal' | 'wal+fsync';
  readonly killCount: number;
  /** How old what a kill costs may be, in milliseconds. */
  readonly maxLossMs: number;
  readonly reloadCount: number;
  readonly start: (place: FleetPlace) => Promise<Fleet>;
  readonly tell: (progress: string) => void;
}

/** What a fleet has gone through. */
export interface ScenarioResult extends Verdict {
  readonly reloadCount: number;
  readonly killCount: number;
  /** Requests that failed: their connection went with a process that was killed, or closed as they came. */
  readonly unansweredCount: number;
  /** Queue folders that are left when all is over. */
  readonly queueFolders: readonly string[];
}

/** Runs the example under traffic, and compares by request id what was answered and what InfluxDB has. */
export async function runScenario(scenario: Scenario): Promise<ScenarioResult> {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  const influx = await startInflux1();
  try {
    await influx.createDatabase(DATABASE);
    for (const name of ['dist', 'ecosystem.config.cjs', 'package.json']) {
      cpSync(join(EXAMPLE, name), join(folder, name), { recursive: true });
    }
    return await run(scenario, folder, influx);
  } finally {
    await influx.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(scenario: Scenario, folder: string, influx: Influx1Server): Promise<ScenarioResult> {
  const { killCount, maxLossMs, reloadCount, tell } = scenario;
  const port = await freePort();
  const killedAtMs = new Map<number, number>();
  const fleet = await scenario.start({
    folder,
    environment: {
      HOME: folder,
      INFLUX_DATABASE: DATABASE,
      INFLUX_URL: influx.url,
      MONITORING_DURABILITY: scenario.durability,
      MONITORING_SPOOL_FOLDER: 'spool',
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
    },
  });
  const traffic = new Traffic(port);
  // PM2's daemon would outlive this process.
  const interrupt = (): void => void fleet.end().finally(() => process.exit(INTERRUPTED));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const steps = interleaved(reloadCount, killCount);
    const awayFrom = Math.floor(steps.length / 3);
    const awayTo = Math.floor((steps.length * 2) / 3);
    for (const [index, step] of steps.entries()) {
      if (index === awayFrom) await influx.kill();
      if (index === awayTo) await influx.restart();
      const isAway = index >= awayFrom && index < awayTo;
      tell(`${step} ${String(index + 1)} of ${String(steps.length)}${isAway ? ', the database is away' : ''}`);
      await setTimeout(QUIET_MS);
      if (step === 'reload') await fleet.reload();
      else await killOne(traffic, killedAtMs);
    }
    await setTimeout(QUIET_MS);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await traffic.stop();
    await fleet.end();
  }
  tell('the next process takes over what is left');
  const queueFolders = await adoptAll(join(folder, 'spool'), influx);
  const rows = await influx.query(DATABASE, 'SELECT request_id FROM requests');
  const storedIds = rows.map((row) => String(row['request_id']));
  const verdict = judge({ answered: traffic.answered, killedAtMs, maxLossMs, storedIds });
  return { ...verdict, reloadCount, killCount, unansweredCount: traffic.unanswered.length, queueFolders };
}

/** Kills the process that answered last, and waits for another in its place. */
async function killOne(traffic: Traffic, killedAtMs: Map<number, number>): Promise<void> {
  const deadlineMs = performance.now() + RESTART_DEADLINE_MS;
  const known = new Set(traffic.answered.map(({ pid }) => pid));
  const pid = traffic.answered.at(-1)?.pid ?? (await traffic.newPid(known, deadlineMs));
  process.kill(pid, 'SIGKILL');
  killedAtMs.set(pid, Date.now());
  await traffic.newPid(new Set([...known, pid]), deadlineMs);
}

/** Starts what takes over the queues of dead processes, waits until there is none, and ends it. */
async function adoptAll(spoolFolder: string, influx: Influx1Server): Promise<string[]> {
  const queueFolders = (): string[] => readdirSync(spoolFolder).filter((name) => name.startsWith('queue-'));
  const own = `-${String(process.pid)}-`;
  const isLeft = (): boolean => queueFolders().some((name) => !name.includes(own));
  const monitoring = createMonitoring({
    credentials: { dbName: DATABASE },
    delivery: { spoolFolder },
    host: '127.0.0.1',
    logger: SILENT,
    port: influx.port,
    version: 1,
  });
  const deadlineMs = performance.now() + ADOPTION_DEADLINE_MS;
  // Its own folder is there from its first adoption until it ends.
  while ((isLeft() || monitoring.stats().pending > 0) && performance.now() < deadlineMs) {
    await setTimeout(QUIET_MS);
  }
  await monitoring.stop();
  return queueFolders();
}

function interleaved(reloadCount: number, killCount: number): ('reload' | 'kill')[] {
  const steps = [
    ...Array.from({ length: reloadCount }, (_, index) => ['reload', (index + 0.5) / reloadCount] as const),
    ...Array.from({ length: killCount }, (_, index) => ['kill', (index + 0.5) / killCount] as const),
  ];
  return steps.sort(([, left], [, right]) => left - right).map(([step]) => step);
}
