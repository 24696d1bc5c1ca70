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
    expect(influx.buckets).toMatchObject([
      { name: 'points', retentionRules: [{ type: 'expire', everySeconds: 2_592_000 }] },
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
    expect(influx.buckets).toMatchObject([
      { retentionRules: [{ everySeconds: 129_600, shardGroupDurationSeconds: 3600 }] },
    ]);
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
      /^import "date"\n\noption task = \{name: "influx-monitoring: points every 5m", every: 5m, offset: 30s\}\n/,
    );
    expect(task?.flux).toContain(
      [
        'from(bucket: "points")',
        '  |> range(start: start, stop: stop)',
        '  |> filter(fn: (r) => r._measurement == "requests" and r._field == "execution_time")',
        '  |> aggregateWindow(every: 5m, fn: (column, tables=<-) => tables |> quantile(q: 0.99, column: column), ' +
          'createEmpty: false, timeSrc: "_start")',
        '  |> set(key: "_field", value: "execution_time_p99")',
        '  |> to(bucket: "points_5m", org: "luna")',
      ].join('\n'),
    );
    expect((await setup(influx.url, ['--downsample'])).output).toContain('nothing to do: all of it is there\n');
  });

  it('computes whole windows whenever the task runs', async () => {
    const influx = await FakeInflux2.start();
    await setup(influx.url, ['--downsample', '--yes']);
    const flux = influx.tasks[0]?.flux ?? '';
    expect(flux).toContain('start = date.truncate(t: -15m, unit: 5m)\nstop = date.truncate(t: now(), unit: 5m)\n');
    expect(flux.match(/range\(.*\)/g)?.every((range) => range === 'range(start: start, stop: stop)')).toBe(true);
  });

  it('replaces a task that somebody changed', async () => {
    const influx = await FakeInflux2.start();
    await setup(influx.url, ['--downsample', '--yes']);
    const [task] = influx.tasks;
    const flux = task?.flux;
    influx.tasks[0] = { ...task, id: task?.id ?? '', flux: 'another' };
    const run = await setup(influx.url, ['--downsample', '--yes']);
    expect(run.output.match(/^(make|change) .*$/gm)).toEqual(['change  task "influx-monitoring: points every 5m"']);
    expect(influx.tasks).toMatchObject([{ flux }]);
  });

  it('says that it takes another token, and takes one', async () => {
    const influx = await FakeInflux2.start();
    const refused = await setup(influx.url, ['--yes'], { INFLUX_TOKEN: 'service' });
    expect(refused.exitCode).toBe(1);
    expect(refused.errorOutput).toBe(
      'InfluxDB refuses to make bucket "points": HTTP 403: forbidden; it takes a token with read on the organization, ' +
        'read and write on buckets and tasks: INFLUX_ADMIN_TOKEN in the environment\n',
    );
    const admin = { INFLUX_TOKEN: 'service', INFLUX_ADMIN_TOKEN: 'admin' };
    expect(await setup(influx.url, ['--yes'], admin)).toMatchObject({ exitCode: 0 });
  });

  it.each(['moon', '00000000000000ff'])(
    'does not take an organization that is not seen for one that is not there: %s',
    async (org) => {
      const influx = await FakeInflux2.start();
      const run = await setup(influx.url, ['--yes'], { INFLUX_ORG: org });
      expect(run).toMatchObject({ exitCode: 1, output: '' });
      expect(run.errorOutput).toMatch(
        new RegExp(`^organization "${org}" is not seen by this token: check the name, or use a token that may read it`),
      );
      expect(influx.changes).toEqual([]);
    },
  );

  it('escapes what a server says', async () => {
    const url = await startJsonServer(() => ({ status: 500, body: { message: '\u001b[2Jno' } }));
    const run = await setup(url, ['--yes']);
    expect(run).toMatchObject({
      exitCode: 1,
      errorOutput:
        'InfluxDB refuses organizations: HTTP 500: \\u{1b}[2Jno; it takes a token with read on the organization, read ' +
        'and write on buckets and tasks: INFLUX_ADMIN_TOKEN in the environment\n',
    });
  });

  it.each([
    ['organization', { INFLUX_ORG: '00000000000000a1' }],
    ['bucket', { INFLUX_BUCKET: '0000000000000001' }],
    ['both', { INFLUX_ORG: '00000000000000A1', INFLUX_BUCKET: '0000000000000001' }],
  ])('takes an id for the %s', async (_what, byId) => {
    const influx = await FakeInflux2.start();
    await setup(influx.url, ['--downsample', '--yes']);
    const all = influx.changes.length;
    const index = influx.buckets.findIndex(({ name }) => name === 'points');
    const bucket = 'INFLUX_BUCKET' in byId ? { INFLUX_BUCKET: influx.buckets[index]?.id ?? '' } : {};
    const run = await setup(influx.url, ['--downsample'], { ...byId, ...bucket });
    expect(run).toMatchObject({ exitCode: 0, errorOutput: '' });
    expect(run.output).toContain('nothing to do: all of it is there\n');
    expect(influx.changes).toHaveLength(all);
  });

  it('takes sixteen hexadecimal digits for a name where no bucket has that id, and makes no such bucket', async () => {
    const influx = await FakeInflux2.start();
    const name = 'abcdefabcdefabcd';
    const unmade = await setup(influx.url, ['--yes'], { INFLUX_BUCKET: name });
    expect(unmade.exitCode).toBe(1);
    expect(unmade.errorOutput).toContain('InfluxDB would take the name for an id');
    expect(influx.changes).toEqual([]);
    influx.buckets.push({ id: '00000000000000b1', name, retentionRules: [] });
    expect(await setup(influx.url, [], { INFLUX_BUCKET: name })).toMatchObject({ exitCode: 0 });
  });

  it.each(['_points', 'po"ints'])('says before anything that the server would refuse the name %s', async (name) => {
    const run = await setup('http://127.0.0.1:1', ['--yes'], { INFLUX_BUCKET: name });
    expect(run).toMatchObject({ exitCode: 1, output: '' });
    expect(run.errorOutput).toContain(name);
  });

  it("needs no token of the service beside the administrator's", async () => {
    const influx = await FakeInflux2.start();
    const environment = {
      INFLUX_URL: influx.url,
      INFLUX_ORG: 'luna',
      INFLUX_BUCKET: 'points',
      INFLUX_ADMIN_TOKEN: 'admin',
    };
    const run = await runCaptured(['setup', '--yes'], { environment, folder: makeFolder() });
    expect(run).toMatchObject({ exitCode: 0, errorOutput: '' });
  });

  it('keeps the retention that the downsampled bucket was given', async () => {
    const influx = await FakeInflux2.start();
    await setup(influx.url, ['--downsample', '--yes']);
    const index = influx.buckets.findIndex(({ name }) => name === 'points_5m');
    const rules = [{ type: 'expire', everySeconds: 31_536_000 }];
    influx.buckets[index] = { ...influx.buckets[index], id: influx.buckets[index]?.id ?? '', retentionRules: rules };
    const run = await setup(influx.url, ['--downsample']);
    expect(run.output).toContain('is      bucket "points_5m", points kept for 365d\n');
    expect(run.output).toContain('nothing to do');
  });

  it('tells of an inactive task, and activates it only when asked', async () => {
    const influx = await FakeInflux2.start();
    await setup(influx.url, ['--downsample', '--yes']);
    const [task] = influx.tasks;
    if (task !== undefined) task.status = 'inactive';
    const told = await setup(influx.url, ['--downsample', '--yes']);
    expect(told.output).toContain('! it is inactive, and stays so without --activate\n');
    expect(influx.tasks).toMatchObject([{ status: 'inactive' }]);
    await setup(influx.url, ['--downsample', '--activate', '--yes']);
    expect(influx.tasks).toMatchObject([{ status: 'active', flux: task?.flux }]);
  });

  it('leaves no task that its token cannot read: the next run would make another', async () => {
    const influx = await FakeInflux2.start();
    influx.tokens.set('blind', { orgs: 'read', buckets: 'all', tasks: 'write' });
    const run = await setup(influx.url, ['--downsample', '--yes'], { INFLUX_TOKEN: 'blind' });
    expect(run.exitCode).toBe(1);
    expect(run.errorOutput).toContain('this token may make tasks and not read them');
    expect(influx.tasks).toEqual([]);
    expect(influx.buckets).toEqual([]);
  });

  it('begins with what is most likely refused, and says what was changed and what was not', async () => {
    const influx = await FakeInflux2.start();
    influx.tokens.set('no tasks', { orgs: 'read', buckets: 'all', tasks: 'read' });
    const run = await setup(influx.url, ['--downsample', '--yes'], { INFLUX_TOKEN: 'no tasks' });
    expect(run.exitCode).toBe(1);
    expect(run.output.match(/^(?:done|failed|undone) .*$/gm)).toEqual([
      'failed  task "influx-monitoring: points every 5m"',
      'undone  bucket "points", points kept forever',
      'undone  bucket "points_5m", points kept forever',
    ]);
    expect(influx.changes).toEqual([]);
  });

  it('makes a token that may write and one that may read, shows each once, and makes none twice', async () => {
    const influx = await FakeInflux2.start();
    const run = await setup(influx.url, ['--downsample', '--make-token', '--yes']);
    expect(run).toMatchObject({ exitCode: 0, errorOutput: '' });
    const tokens = influx.entries.authorizations;
    expect(tokens).toMatchObject([
      { description: 'influx-monitoring: write points', permissions: [{ action: 'write' }] },
      { description: 'influx-monitoring: read points', permissions: [{ action: 'read' }, { action: 'read' }] },
    ]);
    for (const { token } of tokens) expect(run.output.split(String(token))).toHaveLength(2);
    const second = await setup(influx.url, ['--downsample', '--make-token']);
    expect(second.output).toContain('nothing to do');
    expect(second.output).not.toContain('made-');
    // A bucket that was made again has another id, which the tokens do not have.
    influx.buckets.splice(0);
    const again = await setup(influx.url, ['--make-token', '--yes']);
    expect(again.output).toContain('is for a bucket that was deleted: tokens hold its id');
    expect(influx.entries.authorizations).toHaveLength(4);
  });

  it('says that a token which makes others needs write on its user', async () => {
    const influx = await FakeInflux2.start();
    influx.tokens.set('no user', { orgs: 'read', buckets: 'all', authorizations: 'all' });
    const run = await setup(influx.url, ['--make-token', '--yes'], { INFLUX_TOKEN: 'no user' });
    expect(run.exitCode).toBe(1);
    expect(run.output).toContain('failed  token "influx-monitoring: write points"\n');
    expect(run.errorOutput).toContain('needs write on authorizations and its user): HTTP 401: write:users/');
    influx.tokens.set('user', { orgs: 'read', buckets: 'all', authorizations: 'all', users: 'write' });
    const right = await setup(influx.url, ['--make-token', '--yes'], { INFLUX_TOKEN: 'user' });
    expect(right).toMatchObject({ exitCode: 0, errorOutput: '' });
  });

  it('asks for a database where none is configured', async () => {
    const run = await runCaptured(['setup'], { folder: makeFolder() });
    expect(run).toMatchObject({ exitCode: 1, output: '' });
    expect(run.errorOutput).toContain('no InfluxDB is configured');
  });
});
