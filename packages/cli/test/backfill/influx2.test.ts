import { describe, expect, it } from 'vitest';
import { runCaptured, type CapturedRun } from '../support/captured-terminal.ts';
import { FakeInflux2 } from '../support/fake-influx2.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const DAY_MS = 86_400_000;

function run(url: string, commandArguments: readonly string[], changes = {}): Promise<CapturedRun> {
  const own = { INFLUX_URL: url, INFLUX_TOKEN: 'admin', INFLUX_ORG: 'luna', INFLUX_BUCKET: 'points' };
  return runCaptured(commandArguments, { environment: { ...own, ...changes }, folder: makeFolder() });
}

/** Midnight, two days ago. */
const START = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - 2 * DAY_MS).toISOString().slice(0, 10);

describe('backfill of InfluxDB 2.x', () => {
  it('runs the script of the task over whole windows, an hour at a time, the same each time', async () => {
    const influx = await FakeInflux2.start();
    await run(influx.url, ['setup', '--downsample', '--yes']);
    const first = await run(influx.url, ['backfill', '--from', `${START}T00:03Z`, '--to', `${START}T02:31Z`]);
    expect(first).toEqual({
      exitCode: 0,
      errorOutput: '',
      output: `31 windows computed, ${START}T00:00:00Z to ${START}T02:35:00Z\n`,
    });
    const bounds = influx.queries.map((flux) => flux.split('\n').slice(0, 2));
    expect(bounds).toEqual(
      [
        ['00:00', '01:00'],
        ['01:00', '02:00'],
        ['02:00', '02:35'],
      ].map(([from, to]) => [`start = ${START}T${from ?? ''}:00.000Z`, `stop = ${START}T${to ?? ''}:00.000Z`]),
    );
    // What is computed is what the task computes, but for its time.
    const streams = (flux = ''): string => flux.slice(flux.indexOf('from('));
    for (const flux of influx.queries) expect(streams(flux)).toBe(streams(influx.tasks[0]?.flux));
    const queries = [...influx.queries];
    await run(influx.url, ['backfill', '--from', `${START}T00:03Z`, '--to', `${START}T02:31Z`]);
    expect(influx.queries).toEqual([...queries, ...queries]);
  });

  it('begins where points are kept', async () => {
    const influx = await FakeInflux2.start();
    await run(influx.url, ['setup', '--downsample', '--retention', '1d', '--yes']);
    const mended = await run(influx.url, ['backfill', '--from', '3d', '--to', '23h']);
    expect(mended.errorOutput).toMatch(/^points before .* are no longer kept: it begins there\n$/);
    expect(mended.output).toMatch(/^1[12] windows computed/);
  });

  it('takes organization and bucket by their ids, and the token of an administrator alone', async () => {
    const influx = await FakeInflux2.start();
    await run(influx.url, ['setup', '--downsample', '--yes']);
    const id = influx.buckets.find(({ name }) => name === 'points')?.id ?? '';
    const changes = {
      INFLUX_ORG: '00000000000000a1',
      INFLUX_BUCKET: id,
      INFLUX_TOKEN: '',
      INFLUX_ADMIN_TOKEN: 'admin',
    };
    expect(await run(influx.url, ['backfill', '--from', '1h'], changes)).toMatchObject({ exitCode: 0 });
    expect(influx.queries.at(-1)).toContain('|> to(bucket: "points_5m", org: "luna")');
  });

  it('ends with the time that is done where a query fails on its way', async () => {
    const influx = await FakeInflux2.start();
    await run(influx.url, ['setup', '--downsample', '--yes']);
    influx.answerQuery = () => (influx.queries.length === 2 ? 'error,reference\r\n"no room, at all",897\r\n' : '');
    const failed = await run(influx.url, ['backfill', '--from', `${START}T00:00Z`, '--to', `${START}T03:00Z`]);
    expect(failed).toEqual({
      exitCode: 1,
      errorOutput: 'InfluxDB gave up a query: no room, at all\n',
      output: `12 windows computed, ${START}T00:00:00Z to ${START}T01:00:00Z\n`,
    });
  });

  it('knows an error by its columns, though a row is shorter than its header', async () => {
    const influx = await FakeInflux2.start();
    await run(influx.url, ['setup', '--downsample', '--yes']);
    influx.answerQuery = () => 'error,reference\r\nno room\r\n';
    const failed = await run(influx.url, ['backfill', '--from', `${START}T00:00Z`, '--to', `${START}T00:05Z`]);
    expect(failed).toMatchObject({ exitCode: 1, errorOutput: 'InfluxDB gave up a query: no room\n' });
  });

  it('says what to do where nothing is downsampled, and that InfluxDB 3 never is', async () => {
    const influx = await FakeInflux2.start();
    await run(influx.url, ['setup', '--yes']);
    const nothing = await run(influx.url, ['backfill', '--from', '1h']);
    expect(nothing.errorOutput).toContain('is not downsampled: `npx @influx-monitoring/cli setup --downsample`');
    const third = await run(influx.url, ['backfill', '--from', '1h'], { INFLUX_VERSION: '3' });
    expect(third.errorOutput).toContain('InfluxDB 3 keeps no downsampled values of setup');
  });
});
