import { describe, expect, it } from 'vitest';
import { checksOf } from '../../src/alerts/checks.ts';
import { runCaptured, type CapturedRun } from '../support/captured-terminal.ts';
import { FakeInflux2 } from '../support/fake-influx2.ts';
import { makeFolder } from '../support/temporary-folder.ts';

function setup(url: string, commandArguments: readonly string[], token = 'admin'): Promise<CapturedRun> {
  const environment = { INFLUX_URL: url, INFLUX_TOKEN: token, INFLUX_ORG: 'luna', INFLUX_BUCKET: 'points' };
  return runCaptured(['setup', ...commandArguments], { environment, folder: makeFolder() });
}

const ADDRESS = 'https://pager.example/hook';

describe('setup --alerts', () => {
  it('makes checks, an endpoint and a rule for them; run again it changes nothing, and says so', async () => {
    const influx = await FakeInflux2.start();
    expect(await setup(influx.url, ['--alerts', ADDRESS, '--yes'])).toMatchObject({ exitCode: 0, errorOutput: '' });
    const { checks, notificationEndpoints, notificationRules } = influx.entries;
    expect(checks.map(({ name }) => name)).toEqual(checksOf('points').map(({ name }) => name));
    for (const check of checks) {
      expect(check).toMatchObject({ type: 'custom', orgID: '00000000000000a1', status: 'active' });
      expect(JSON.stringify(check['query'])).toContain(`_check_id: \\"${check.id}\\"`);
    }
    expect(notificationEndpoints).toMatchObject([
      { type: 'http', url: ADDRESS, method: 'POST', authMethod: 'none', status: 'active' },
    ]);
    expect(notificationRules).toMatchObject([
      {
        type: 'http',
        endpointID: notificationEndpoints[0]?.id,
        every: '1m',
        status: 'active',
        tagRules: [{ key: 'influx_monitoring', value: 'points', operator: 'equal' }],
        statusRules: [{ currentLevel: 'CRIT' }, { currentLevel: 'WARN' }],
      },
    ]);
    const changeCount = influx.changes.length;
    const second = await setup(influx.url, ['--alerts', ADDRESS]);
    expect(second.output).toMatch(/nothing to do: all of it is there\n$/);
    expect(influx.changes).toHaveLength(changeCount);
  });

  it('has a check for each rule of Grafana, and one for services that have stopped to report', () => {
    const titles = checksOf('points').map(({ name }) => name.replace('influx-monitoring: points: ', ''));
    expect(titles).toEqual([
      'more than 5 % of the requests fail',
      'more than half of the requests are refused',
      '1 % of the requests take more than a second',
      'no message of Redis in 10 minutes',
      'subscriptions fail',
      'points of monitoring are lost',
      'points of monitoring wait for more than two minutes',
      'tag values become "other"',
      'the event loop is blocked',
      'a service has stopped to report',
    ]);
  });

  it('writes scripts that InfluxDB takes for checks: one task, one check, one call of the package monitor', () => {
    for (const { name, flux } of checksOf('po"int${s}')) {
      const escaped = name.replaceAll('"', '\\"').replaceAll('${', '\\${');
      expect(flux.match(/^option task = .*$/gm)).toEqual([
        `option task = {name: "${escaped}", every: 1m, offset: 10s}`,
      ]);
      expect(
        flux.match(/^check = \{_check_id: "", _check_name: ".*", _type: "custom", tags: \{.*\}\}$/gm),
      ).toHaveLength(1);
      expect(flux).toContain('import "influxdata/influxdb/monitor"');
      expect(
        flux.match(/\|> monitor\.check\(data: check, messageFn: messageFn, (crit: crit|warn: warn)\)$/),
      ).not.toBeNull();
      // Every opening has its end.
      for (const [open, close] of ['()', '[]', '{}'])
        expect(flux.split(open ?? '')).toHaveLength(flux.split(close ?? '').length);
    }
  });

  it('without an address makes the checks alone, and says that nobody is notified', async () => {
    const influx = await FakeInflux2.start();
    const run = await setup(influx.url, ['--alerts', '--yes']);
    expect(run.exitCode).toBe(0);
    expect(run.output).toContain('! nobody is notified of what the checks say: --alerts URL makes that\n');
    expect(influx.entries.checks).toHaveLength(10);
    expect(influx.entries.notificationEndpoints).toEqual([]);
    expect(influx.entries.notificationRules).toEqual([]);
  });

  it('keeps user and password of the address apart, and shows neither', async () => {
    const influx = await FakeInflux2.start();
    const run = await setup(influx.url, ['--alerts', 'https://me:se%20cret@pager.example/hook', '--yes']);
    expect(influx.entries.notificationEndpoints).toMatchObject([
      { url: ADDRESS, authMethod: 'basic', username: 'me', password: 'se cret' },
    ]);
    expect(run.output + run.errorOutput).not.toMatch(/se.*cret/);
  });

  it('replaces a check whose script is of another version, and leaves it inactive where it was', async () => {
    const influx = await FakeInflux2.start();
    await setup(influx.url, ['--alerts', '--yes']);
    const [check] = influx.entries.checks;
    if (check !== undefined) Object.assign(check, { status: 'inactive', description: 'mine' });
    const run = await setup(influx.url, ['--alerts', '--yes']);
    expect(run.output.match(/^change .*$/gm)).toEqual([`change  check "${check?.name ?? ''}"`]);
    expect(influx.entries.checks).toHaveLength(10);
    expect(influx.entries.checks[0]).toMatchObject({ status: 'inactive' });
  });

  it('leaves inactive what is, and says so', async () => {
    const influx = await FakeInflux2.start();
    await setup(influx.url, ['--alerts', ADDRESS, '--yes']);
    const { checks, notificationRules } = influx.entries;
    for (const entry of [checks[0], notificationRules[0]]) if (entry !== undefined) entry.status = 'inactive';
    const run = await setup(influx.url, ['--alerts', ADDRESS]);
    expect(run.output).toMatch(/nothing to do: all of it is there\n$/);
    expect(run.output.match(/! it is inactive, and stays so$/gm)).toHaveLength(2);
  });

  it('leads notifications to another address', async () => {
    const influx = await FakeInflux2.start();
    await setup(influx.url, ['--alerts', ADDRESS, '--yes']);
    const run = await setup(influx.url, ['--alerts', 'https://other.example/hook', '--yes']);
    expect(run.output.match(/^change .*$/gm)).toEqual([
      'change  notification endpoint "influx-monitoring: alerts of points" for https://other.example',
    ]);
    expect(influx.entries.notificationEndpoints).toMatchObject([{ url: 'https://other.example/hook' }]);
    expect(influx.entries.notificationRules).toHaveLength(1);
  });

  it('leads a rule to the endpoint that was made anew, and leaves both without an address', async () => {
    const influx = await FakeInflux2.start();
    await setup(influx.url, ['--alerts', ADDRESS, '--yes']);
    influx.entries.notificationEndpoints.length = 0;
    const run = await setup(influx.url, ['--alerts', ADDRESS, '--yes']);
    expect(run.output).toContain('done    notification rule "influx-monitoring: alerts of points"\n');
    const [endpoint] = influx.entries.notificationEndpoints;
    expect(influx.entries.notificationRules).toMatchObject([{ endpointID: endpoint?.id }]);
    const without = await setup(influx.url, ['--alerts']);
    expect(without.output).toMatch(/nothing to do: all of it is there\n$/);
    expect(without.output).not.toContain('nobody is notified');
  });

  it('finds its checks among more than a page of others', async () => {
    const influx = await FakeInflux2.start();
    await setup(influx.url, ['--alerts', '--yes']);
    const others = Array.from({ length: 250 }, (_, index) => ({ id: `other-${String(index)}`, name: 'of others' }));
    influx.entries.checks.unshift(...others);
    expect((await setup(influx.url, ['--alerts'])).output).toMatch(/nothing to do: all of it is there\n$/);
  });

  it('changes nothing where the token may not read them, and says what it takes', async () => {
    const influx = await FakeInflux2.start();
    const run = await setup(influx.url, ['--alerts', ADDRESS, '--yes'], 'nobody');
    expect(run.exitCode).toBe(1);
    influx.tokens.set('no checks', { orgs: 'read', buckets: 'all', tasks: 'all' });
    const refused = await setup(influx.url, ['--alerts', ADDRESS, '--yes'], 'no checks');
    expect(refused.exitCode).toBe(1);
    expect(refused.output).toContain('failed  check "influx-monitoring: points: more than 5 % of the requests fail"\n');
    expect(influx.changes).toEqual([]);
  });

  it('is for 2.x alone', async () => {
    const environment = { INFLUX_URL: 'http://127.0.0.1:1', INFLUX_DATABASE: 'points' };
    const run = await runCaptured(['setup', '--alerts'], { environment, folder: makeFolder() });
    expect(run).toMatchObject({ exitCode: 1, output: '' });
    expect(run.errorOutput).toContain('InfluxDB 1.x has no checks');
  });
});

describe('setup --remove of InfluxDB 2.x', () => {
  const measurements = (...names: string[]): string =>
    `,result,table,_value\r\n${names.map((name) => `,_result,0,${name}\r\n`).join('')}\r\n`;

  it('takes away all that setup made, and shows it before', async () => {
    const influx = await FakeInflux2.start();
    await setup(influx.url, ['--downsample', '--make-token', '--alerts', ADDRESS, '--yes']);
    influx.answerQuery = () => measurements('requests', 'errors', 'influx_monitoring_doctor');
    const plan = await setup(influx.url, ['--remove']);
    expect(plan).toMatchObject({ exitCode: 1, errorOutput: 'not a terminal; rerun with --yes\n' });
    expect(plan.output).toContain('remove  bucket "points"\n        ! all points in it are deleted\n');
    const run = await setup(influx.url, ['--remove', '--yes']);
    expect(run).toMatchObject({ exitCode: 0, errorOutput: '' });
    expect(Object.values(influx.entries).flat()).toEqual([]);
    expect((await setup(influx.url, ['--remove'])).output).toContain('nothing to do');
  });

  it('leaves a bucket that holds series of others, and names them', async () => {
    const influx = await FakeInflux2.start();
    await setup(influx.url, ['--downsample', '--yes']);
    influx.answerQuery = (flux) => measurements('requests', ...(flux.includes('"points"') ? ['orders'] : []));
    const run = await setup(influx.url, ['--remove', '--yes']);
    expect(run.output).toContain('it stays: it holds series that are not of influx-monitoring (orders)');
    expect(influx.buckets.map(({ name }) => name)).toEqual(['points']);
    expect(influx.tasks).toEqual([]);
  });

  it('is for itself', async () => {
    const influx = await FakeInflux2.start();
    expect(await setup(influx.url, ['--remove', '--downsample', '--yes'])).toMatchObject({ exitCode: 1, output: '' });
  });
});
