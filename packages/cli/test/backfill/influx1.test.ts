import { startInflux1, type Influx1Server } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runDoctor } from '../support/doctor-run.ts';
import { runCaptured, type CapturedRun } from '../support/captured-terminal.ts';
import { startJsonServer } from '../support/json-server.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const WINDOW_MS = 300_000;
const HOUR_MS = 3_600_000;

let influx: Influx1Server;
let databaseCount = 0;
let database: string;

beforeAll(async () => {
  influx = await startInflux1();
});

afterAll(() => influx.stop());

beforeEach(() => {
  databaseCount += 1;
  database = `luna "${String(databaseCount)}"`;
});

function run(commandArguments: readonly string[]): Promise<CapturedRun> {
  const environment = { INFLUX_URL: influx.url, INFLUX_DATABASE: database };
  return runCaptured(commandArguments, { environment, folder: makeFolder() });
}

const iso = (timeMs: number): string => new Date(timeMs).toISOString();
const windows = (): ReturnType<Influx1Server['query']> =>
  influx.query(database, 'SELECT * FROM influx_monitoring_5m.requests');

/** A point each second, of two routes, from a time on. */
async function writeRequests(startMs: number, seconds: number): Promise<void> {
  const lines = Array.from({ length: seconds }, (_, index) => {
    const route = index % 3 === 0 ? '/a' : '/b';
    const stamp = `${String(startMs + index * 1000)}000000`;
    return `requests,service=shop,route=GET:${route} execution_time=${String((index % 100) + 1)},request_id="r" ${stamp}`;
  });
  expect((await influx.write(database, lines.join('\n'))).status).toBe(204);
}

describe('backfill of InfluxDB 1.6', () => {
  // Two hours ago, at a window's begin.
  const startMs = Math.floor((Date.now() - 2 * HOUR_MS) / WINDOW_MS) * WINDOW_MS;

  it('computes the windows of a time, any number of times with the same result', async () => {
    await run(['setup', '--downsample', '--yes']);
    await writeRequests(startMs, 1500);
    const range = ['--from', iso(startMs + 10_000), '--to', iso(startMs + 4 * WINDOW_MS + 1)];
    const first = await run(['backfill', ...range]);
    const told = `5 windows computed, ${iso(startMs).replace('.000', '')} to ${iso(startMs + 5 * WINDOW_MS).replace('.000', '')}\n`;
    expect(first).toEqual({ exitCode: 0, errorOutput: '', output: told });
    const rows = await windows();
    expect(rows).toHaveLength(10);
    expect(rows.reduce((sum, { count }) => sum + Number(count), 0)).toBe(1500);
    expect(rows.every(({ execution_time_p99: p99, execution_time_max: max }) => Number(p99) <= Number(max))).toBe(true);
    expect((await run(['backfill', ...range])).exitCode).toBe(0);
    expect(await windows()).toEqual(rows);
  });

  it('gives the same windows as one run whatever the runs are cut into', async () => {
    await run(['setup', '--downsample', '--yes']);
    await writeRequests(startMs, 1500);
    for (let at = 0; at < 5; at += 1) {
      const from = startMs + at * WINDOW_MS;
      await run(['backfill', '--from', iso(from), '--to', iso(from + WINDOW_MS)]);
    }
    const rows = await windows();
    expect((await run(['backfill', '--from', '3h'])).exitCode).toBe(0);
    expect(await windows()).toEqual(rows);
  });

  it('mends a window that holds too little, and one that has points which came late', async () => {
    await run(['setup', '--downsample', '--yes']);
    await writeRequests(startMs, 300);
    await run(['backfill', '--from', iso(startMs), '--to', iso(startMs + WINDOW_MS)]);
    await influx.write(
      database,
      `requests,service=shop,route=GET:/a execution_time=999,request_id="late" ${String(startMs + 500)}000001`,
    );
    await run(['backfill', '--from', iso(startMs), '--to', iso(startMs + WINDOW_MS)]);
    const rows = await windows();
    expect(rows.find(({ route }) => route === 'GET:/a')).toMatchObject({ count: 101, execution_time_max: 999 });
  });

  it('downsamples summaries: counts and sums added, the least and the greatest kept', async () => {
    await run(['setup', '--downsample', '--yes']);
    const summary = (at: number, count: number, sum: number, min: number, max: number, p99: number): string =>
      `requests_summary,service=shop count=${String(count)}i,execution_time_sum=${String(sum)},execution_time_min=${String(min)},` +
      `execution_time_max=${String(max)},execution_time_p99=${String(p99)} ${String(startMs + at)}000000`;
    await influx.write(database, [summary(1000, 10, 5, 0.1, 2, 1.5), summary(61_000, 20, 7, 0.2, 3, 1.2)].join('\n'));
    await run(['backfill', '--from', '3h']);
    expect(await influx.query(database, 'SELECT * FROM influx_monitoring_5m.requests_summary')).toMatchObject([
      {
        count: 30,
        execution_time_sum: 12,
        execution_time_min: 0.1,
        execution_time_max: 3,
        execution_time_p99_max: 1.5,
      },
    ]);
  });

  it('leaves windows alone whose points are not all kept any more', async () => {
    await run(['setup', '--downsample', '--retention', '1h', '--yes']);
    const old = `requests,service=shop,route=GET:/ count=7i ${String(startMs)}000000`;
    await influx.query('', 'SHOW DATABASES');
    const url = `${influx.url}/write?${new URLSearchParams({ db: database, rp: 'influx_monitoring_5m' }).toString()}`;
    expect((await fetch(url, { method: 'POST', body: old })).status).toBe(204);
    const mended = await run(['backfill', '--from', '3h']);
    expect(mended.errorOutput).toMatch(/^points before .* are no longer kept: it begins there\n$/);
    expect(await windows()).toMatchObject([{ count: 7 }]);
    const before = await run(['backfill', '--from', '3h', '--to', '2h']);
    expect(before).toMatchObject({
      exitCode: 1,
      errorOutput: 'no whole window of that time has its points: nothing is computed\n',
    });
  });

  it('says what to do where nothing is downsampled', async () => {
    await run(['setup', '--yes']);
    const nothing = await run(['backfill', '--from', '1h']);
    expect(nothing.exitCode).toBe(1);
    expect(nothing.errorOutput).toContain(
      'is not downsampled: `npx @influx-monitoring/cli setup --downsample` makes that',
    );
  });

  it('computes nothing, and says why, where the time or the database is wrong', async () => {
    const unseen = await run(['backfill', '--from', '1h']);
    expect(unseen).toEqual({ exitCode: 1, output: '', errorOutput: `database "${database}" is not seen\n` });
    await run(['setup', '--downsample', '--yes']);
    const backwards = await run(['backfill', '--from', '1h', '--to', '2h']);
    expect(backwards).toEqual({ exitCode: 1, output: '', errorOutput: '--from is not before --to\n' });
  });

  it('fails, and computes nothing, where somebody took the policy of the points away', async () => {
    await run(['setup', '--downsample', '--yes']);
    await influx.query('', `DROP RETENTION POLICY autogen ON "${database.replaceAll('"', '\\"')}"`);
    const failed = await run(['backfill', '--from', iso(startMs), '--to', iso(startMs + WINDOW_MS)]);
    expect(failed.exitCode).toBe(1);
    expect(failed.output).toContain('0 windows computed');
    expect(failed.errorOutput).toMatch(/^InfluxDB refuses SELECT .*\n$/);
    expect(failed.errorOutput).not.toContain('administrator');
    expect(await windows()).toEqual([]);
  });

  it('says what it is not where something else answers', async () => {
    const url = await startJsonServer(() => ({ status: 200, body: { all: 'well' } }));
    const environment = { INFLUX_URL: url, INFLUX_DATABASE: database };
    const failed = await runCaptured(['backfill', '--from', '1h'], { environment, folder: makeFolder() });
    expect(failed).toEqual({
      exitCode: 1,
      output: '',
      errorOutput: 'InfluxDB refuses SHOW DATABASES: an answer that is none of InfluxQL\n',
    });
  });

  it.each([[[]], [['--from', 'monday']], [['--from', '2026-11-27T10:00']], [['--from', '1h', '--to', 'x']]])(
    'is called wrong with %j',
    async (commandArguments) => {
      expect(await run(['backfill', ...commandArguments])).toMatchObject({ exitCode: 2, output: '' });
    },
  );

  it('shows a bar to a person', async () => {
    await run(['setup', '--downsample', '--yes']);
    const environment = { INFLUX_URL: influx.url, INFLUX_DATABASE: database };
    const shown = await runCaptured(['backfill', '--from', '6h'], { environment, folder: makeFolder(), isTTY: true });
    expect(shown.exitCode).toBe(0);
    expect(shown.errorOutput).toMatch(/█+ 100% \| \d+ windows/);
  });

  it('is what doctor says of windows that differ, and doctor is content after it', async () => {
    await run(['setup', '--downsample', '--yes']);
    await writeRequests(startMs, 900);
    const environment = { INFLUX_URL: influx.url, INFLUX_DATABASE: database };
    const hole = await runDoctor([], { environment, folder: makeFolder() });
    const step = hole.steps.find((result) => result.step === 'downsampling');
    expect(hole.exitCode).toBe(0);
    expect(step).toMatchObject({ status: 'warn' });
    expect(step?.message).toContain('requests: 3 windows from ');
    expect(step?.message).toContain('900 events stored, 0 downsampled');
    const [, from = '', to = ''] = /backfill --from (\S+) --to (\S+)`/.exec(step?.advice ?? '') ?? [];
    expect([Date.parse(from), Date.parse(to)]).toEqual([startMs, startMs + 3 * WINDOW_MS]);
    await run(['backfill', '--from', from, '--to', to]);
    const whole = await runDoctor([], { environment, folder: makeFolder() });
    expect(whole.statuses.downsampling).toBe('ok');
  });
});
