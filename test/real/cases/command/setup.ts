import { pause } from '../../../faults/support/load.ts';
import { same, type CaseContext, type RealCase } from '../../case.ts';
import { expectCode, runCommand } from '../../command.ts';
import type { RealInflux } from '../../servers/real-influx.ts';

const WINDOW_MS = 300_000;
const HOUR_MS = 3_600_000;
const POINTS_A_WINDOW = 300;
/** Continuous queries run every five minutes, and some seconds later everything is there. */
const RUN_DEADLINE_MS = WINDOW_MS + 60_000;
const POLL_MS = 1000;

type Environment = Readonly<Record<string, string>>;

export const setup: RealCase = {
  name: 'setup',
  title: 'downsamples by itself, and by backfill, to the counts of the points; set up once more it changes nothing',
  run: async (context) => {
    const { influx, database } = context;
    const environment = influx.environment(database);
    const words = ['setup', '--retention', '30d', '--yes'];
    if (influx.version === 3) {
      expectCode(await runCommand(words, environment), 0);
      return 'database and retention; InfluxDB 3 downsamples nothing';
    }
    const wishes = influx.version === 2 ? ['--downsample', '--make-token'] : ['--downsample'];
    const lastMs = Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS;
    const late = [lastMs - 2 * WINDOW_MS, lastMs - WINDOW_MS];
    const early = [lastMs - 3 * HOUR_MS, lastMs - 2 * HOUR_MS];
    await write(context, [...early, ...late]);
    expectCode(await runCommand([...words, ...wishes], environment), 0);
    const again = await runCommand([...words, '--downsample'], environment);
    same('what setup says once more', /nothing to do: all of it is there\n$/.test(again.output), true);
    const seen = [await byItself(context, late)];
    const differing = await differingWindows(environment);
    if (!/backfill/.test(differing)) throw new Error(`doctor misses no window: ${differing}`);
    for (let run = 0; run < 2; run += 1) expectCode(await runCommand(['backfill', '--from', '4h'], environment), 0);
    await expectCounts(context, [...early, ...late]);
    same('what doctor says of windows after backfill', /backfill/.test(await differingWindows(environment)), false);
    return [...seen, 'those of three hours by backfill'].join('; ');
  },
};

/** Points in the middle of each window. */
async function write({ influx, database }: CaseContext, windows: readonly number[]): Promise<void> {
  const lines = windows.flatMap((startMs) =>
    Array.from({ length: POINTS_A_WINDOW }, (_, index) => {
      const stamp = `${String(startMs + WINDOW_MS / 2)}${String(index).padStart(6, '0')}`;
      return `requests,service=shop,route=GET:/version,status_code=200 request_id="${String(index)}",execution_time=0.5 ${stamp}`;
    }),
  );
  const { status, body } = await influx.write(database, lines.join('\n'));
  same('the answer to points', [status, body], [204, '']);
}

/** Waits for the continuous query, or runs the task as its button does, at whatever time it is. */
async function byItself(context: CaseContext, windows: readonly number[]): Promise<string> {
  const { influx, database } = context;
  if (influx.version === 2) {
    const state = await runTask(influx, `${database}_5m`);
    same('the run of the task', state, 'success');
    await expectCounts(context, windows);
    return 'two windows by the task';
  }
  const startedAtMs = performance.now();
  for (;;) {
    try {
      await expectCounts(context, windows.slice(-1));
      break;
    } catch (error) {
      if (performance.now() - startedAtMs > RUN_DEADLINE_MS) throw error;
    }
    await pause(POLL_MS);
  }
  await expectCounts(context, windows.slice(-1));
  return `the last window by the continuous query, ${((performance.now() - startedAtMs) / 1000).toFixed(0)} s later`;
}

async function expectCounts({ influx, database }: CaseContext, windows: readonly number[]): Promise<void> {
  const from = influx.version === 2 ? `"${database}_5m"."autogen"` : `"influx_monitoring_5m"`;
  const rows = await influx.query(database, `SELECT "count", "execution_time_p99" FROM ${from}."requests"`);
  const found = new Map(rows.map((row) => [Number(BigInt(String(row['time'])) / 1_000_000n), row]));
  for (const startMs of windows) {
    const row = found.get(startMs);
    const values = [row?.['count'], row?.['execution_time_p99']];
    same(`the window of ${new Date(startMs).toISOString()}`, values, [POINTS_A_WINDOW, 0.5]);
  }
  // None may be there that has no points: a window that a run began in its middle would be one.
  const others = [...found.keys()].filter((startMs) => startMs % WINDOW_MS !== 0);
  same('windows that begin at no five minutes', others, []);
}

async function differingWindows(environment: Environment): Promise<string> {
  const { output } = await runCommand(['doctor', '--no-write', '--json'], environment);
  // The format of `doctor --json`.
  const { steps } = JSON.parse(output) as { readonly steps: readonly { readonly step: string }[] };
  return JSON.stringify(steps.filter(({ step }) => step === 'downsampling'));
}

/** Runs the task that writes into a bucket, and gives the state in which it ended. */
async function runTask(influx: RealInflux, target: string): Promise<string> {
  // The formats of GET /api/v2/tasks and of the runs of a task.
  const { tasks } = (await influx.ask('GET', '/api/v2/tasks?limit=100')) as {
    readonly tasks: readonly { readonly id: string; readonly flux: string }[];
  };
  const task = tasks.find(({ flux }) => flux.includes(`"${target}"`));
  if (task === undefined) throw new Error(`no task writes into ${target}`);
  const runs = `/api/v2/tasks/${task.id}/runs`;
  const { id } = (await influx.ask('POST', runs, {})) as { readonly id: string };
  const deadlineMs = performance.now() + RUN_DEADLINE_MS;
  for (;;) {
    const { status } = (await influx.ask('GET', `${runs}/${id}`)) as { readonly status: string };
    if (/^(success|failed|canceled)$/.test(status)) return status;
    if (performance.now() > deadlineMs) return `${status}, after ${String(RUN_DEADLINE_MS / 1000)} s`;
    await pause(POLL_MS);
  }
}
