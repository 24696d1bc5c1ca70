import { describe, expect, it } from 'vitest';
import { runCaptured, type CapturedRun } from '../support/captured-terminal.ts';
import { FakeInflux2 } from '../support/fake-influx2.ts';
import { startJsonServer } from '../support/json-server.ts';
import { makeFolder } from '../support/temporary-folder.ts';

function setup(
  url: string,
  commandArguments: readonly string[],
  changes: Readonly<Record<string, string>> = {},
): Promise<CapturedRun> {
  const own = { INFLUX_URL: url, INFLUX_TOKEN: 'admin', INFLUX_ORG: 'luna', INFLUX_BUCKET: 'points' };
  return runCaptured(['setup', ...commandArguments], { environment: { ...own, ...changes }, folder: makeFolder() });
}

describe('setup of InfluxDB 2.x', () => {
  it('makes the bucket with its retention; run again it changes nothing, and says so', async () => {
    const influx = await FakeInflux2.start();
    const first = await setup(influx.url, ['--retention', '30d', '--yes']);
    const output = 'make    bucket "points", points kept for 30d\ndone    bucket "points", points kept for 30d\n';
    expect(first).toEqual({ exitCode: 0, errorOutput: '', output });
    expect(influx.buckets).toEqual([
      { id: 'b0', name: 'points', retentionRules: [{ type: 'expire', everySeconds: 2_592_000 }] },
    ]);
    const second = await setup(influx.url, ['--retention', '30d']);
    expect(second).toMatchObject({
      exitCode: 0,
      output: 'is      bucket "points", points kept for 30d\nnothing to do: all of it is there\n',
    });
    expect(influx.changes).toEqual(['POST /api/v2/buckets']);
  });

  it('changes a retention, and says before what is deleted by it', async () => {
    const influx = await FakeInflux2.start();
    await setup(influx.url, ['--yes']);
    expect(influx.buckets).toMatchObject([{ retentionRules: [] }]);
    const shorter = await setup(influx.url, ['--retention', '36h', '--yes']);
    expect(shorter.output).toContain('        ! points older than 36h are deleted\n');
    expect(influx.buckets).toMatchObject([{ retentionRules: [{ everySeconds: 129_600 }] }]);
    const longer = await setup(influx.url, ['--retention', 'forever', '--yes']);
    expect(longer.output).not.toContain('deleted');
    expect(influx.buckets).toMatchObject([{ retentionRules: [{ everySeconds: 0 }] }]);
    expect((await setup(influx.url, ['--retention', 'forever'])).output).toContain('nothing to do');
  });

  it('downsamples by a task into a bucket of its own; run again it changes nothing', async () => {
    const influx = await FakeInflux2.start();
    expect(await setup(influx.url, ['--downsample', '--yes'])).toMatchObject({ exitCode: 0, errorOutput: '' });
    expect(influx.buckets.map(({ name }) => name)).toEqual(['points', 'points_5m']);
    const [task] = influx.tasks;
    expect(task?.flux).toMatch(
      /^option task = \{name: "influx-monitoring: points every 5m", every: 5m, offset: 30s\}\n/,
    );
    expect(task?.flux).toContain(
      [
        'from(bucket: "points")',
        '  |> range(start: -15m)',
        '  |> filter(fn: (r) => r._measurement == "requests" and r._field == "execution_time")',
        '  |> aggregateWindow(every: 5m, fn: (column, tables=<-) => tables |> quantile(q: 0.99, column: column), ' +
          'createEmpty: false, timeSrc: "_start")',
        '  |> set(key: "_field", value: "execution_time_p99")',
        '  |> to(bucket: "points_5m", org: "luna")',
      ].join('\n'),
    );
    expect((await setup(influx.url, ['--downsample'])).output).toContain('nothing to do: all of it is there\n');
  });

  it('replaces a task that somebody changed', async () => {
    const influx = await FakeInflux2.start();
    await setup(influx.url, ['--downsample', '--yes']);
    const [task] = influx.tasks;
    const flux = task?.flux;
    if (task !== undefined) task.flux = 'another';
    const run = await setup(influx.url, ['--downsample', '--yes']);
    expect(run.output.match(/^(make|change) .*$/gm)).toEqual(['change  task "influx-monitoring: points every 5m"']);
    expect(influx.tasks).toMatchObject([{ flux }]);
  });

  it('says that it takes another token, and takes one', async () => {
    const influx = await FakeInflux2.start();
    const refused = await setup(influx.url, ['--yes'], { INFLUX_TOKEN: 'service' });
    expect(refused.exitCode).toBe(1);
    expect(refused.errorOutput).toBe(
      'InfluxDB refuses POST /api/v2/buckets: HTTP 403: forbidden; it takes a token that may make buckets and tasks: ' +
        'INFLUX_ADMIN_TOKEN in the environment\n',
    );
    const admin = { INFLUX_TOKEN: 'service', INFLUX_ADMIN_TOKEN: 'admin' };
    expect(await setup(influx.url, ['--yes'], admin)).toMatchObject({ exitCode: 0 });
  });

  it('says that there is no such organization', async () => {
    const influx = await FakeInflux2.start();
    const run = await setup(influx.url, ['--yes'], { INFLUX_ORG: 'moon' });
    expect(run).toMatchObject({
      exitCode: 1,
      output: '',
      errorOutput: 'there is no organization "moon" for this token\n',
    });
  });

  it('escapes what a server says', async () => {
    const url = await startJsonServer(() => ({ status: 500, body: { message: '\u001b[2Jno' } }));
    const run = await setup(url, ['--yes']);
    expect(run).toMatchObject({
      exitCode: 1,
      errorOutput: 'InfluxDB refuses GET /api/v2/orgs: HTTP 500: \\u{1b}[2Jno\n',
    });
  });

  it('has nothing to do for InfluxDB 3, and says what it cannot do', async () => {
    const version = { INFLUX_VERSION: '3' };
    const run = await setup('http://127.0.0.1:1', [], version);
    const output =
      'is      database "points", which InfluxDB 3 makes by the first write\nnothing to do: all of it is there\n';
    expect(run).toEqual({ exitCode: 0, errorOutput: '', output });
    const asked = await setup('http://127.0.0.1:1', ['--retention', '1d'], version);
    expect(asked.exitCode).toBe(1);
    expect(asked.errorOutput).toContain('InfluxDB 3 makes the database by itself; give it a retention with `influxdb3');
  });

  it('asks for a database where none is configured', async () => {
    const run = await runCaptured(['setup'], { folder: makeFolder() });
    expect(run).toMatchObject({ exitCode: 1, output: '' });
    expect(run.errorOutput).toContain('no InfluxDB is configured');
  });
});
