import { describe, expect, it } from 'vitest';
import { runCaptured, type CapturedRun } from '../support/captured-terminal.ts';
import { startJsonServer, type JsonRequest } from '../support/json-server.ts';
import { makeFolder } from '../support/temporary-folder.ts';

/** Databases by name, with their retention in nanoseconds as `system.databases` has it. */
async function startInflux3(
  databases: Map<string, number | null>,
  changes: JsonRequest[] = [],
  isRetentionTold = true,
): Promise<string> {
  return startJsonServer((request) => {
    const { authorization, body, method, path } = request;
    if (authorization !== 'Token admin') return { status: 401 };
    if (path === '/api/v3/query_sql') {
      if (!isRetentionTold) return { status: 403 };
      const rows = [...databases].map(([name, retention]) => ({ database_name: name, retention_period_ns: retention }));
      return { status: 200, body: rows };
    }
    if (path !== '/api/v3/configure/database') return { status: 404 };
    if (method === 'GET')
      return { status: 200, body: [...databases.keys()].map((name) => ({ 'iox::database': name })) };
    changes.push(request);
    const hours = Number(/^(\d+)d$/.exec(String(body['retention_period']))?.[1] ?? NaN) * 24;
    databases.set(String(body['db']), Number.isNaN(hours) ? null : hours * 3600e9);
    return { status: 200, body: {} };
  });
}

function setup(url: string, commandArguments: readonly string[], token = 'admin'): Promise<CapturedRun> {
  const environment = {
    INFLUX_URL: url,
    INFLUX_VERSION: '3',
    INFLUX_TOKEN: token,
    INFLUX_ORG: '',
    INFLUX_BUCKET: 'points',
  };
  return runCaptured(['setup', ...commandArguments], { environment, folder: makeFolder() });
}

describe('setup of InfluxDB 3', () => {
  it('makes the database with its retention; run again it changes nothing, and says so', async () => {
    const changes: JsonRequest[] = [];
    const url = await startInflux3(new Map(), changes);
    const first = await setup(url, ['--retention', '30d', '--yes']);
    const description = 'database "points", points kept for 30d';
    expect(first).toEqual({ exitCode: 0, errorOutput: '', output: `make    ${description}\ndone    ${description}\n` });
    expect(changes).toMatchObject([{ method: 'POST', body: { db: 'points', retention_period: '30d' } }]);
    const second = await setup(url, ['--retention', '30d']);
    expect(second.output).toBe(`is      ${description}\nnothing to do: all of it is there\n`);
  });

  it('changes a retention, and says before what is deleted by it', async () => {
    const changes: JsonRequest[] = [];
    const url = await startInflux3(new Map([['points', null]]), changes);
    const run = await setup(url, ['--retention', '7d', '--yes']);
    expect(run.output).toContain('points kept for 7d (now kept forever)\n        ! points older than 7d are deleted\n');
    expect(changes).toMatchObject([{ method: 'PUT', body: { db: 'points', retention_period: '7d' } }]);
  });

  it('keeps points for ever where nothing else is asked for, or just that', async () => {
    const changes: JsonRequest[] = [];
    const url = await startInflux3(new Map(), changes);
    expect((await setup(url, ['--yes'])).output).toContain('database "points", points kept forever\n');
    const month = await startInflux3(new Map([['points', 30 * 24 * 3600e9]]), changes);
    const run = await setup(month, ['--retention', 'forever', '--yes']);
    expect(run.output).toContain('points kept forever (now kept for 30d)\n');
    expect(run.output).not.toContain('!');
    expect(changes).toMatchObject([
      { method: 'POST', body: { db: 'points' } },
      { method: 'PUT', body: { db: 'points', retention_period: 'none' } },
    ]);
    expect(changes[0]?.body).not.toHaveProperty('retention_period');
  });

  it('says that it does not know a retention that the server does not tell', async () => {
    const changes: JsonRequest[] = [];
    const url = await startInflux3(new Map([['points', null]]), changes, false);
    expect((await setup(url, [])).output).toBe('is      database "points"\nnothing to do: all of it is there\n');
    const run = await setup(url, ['--retention', '7d', '--yes']);
    expect(run.output).toContain(
      'points kept for 7d (its retention now is not told)\n        ! points older than 7d are deleted\n',
    );
    expect(changes).toMatchObject([{ method: 'PUT', body: { db: 'points', retention_period: '7d' } }]);
  });

  it('says what the server refuses for another reason, without advice on tokens', async () => {
    const url = await startJsonServer(({ method }) =>
      method === 'GET' ? { status: 200, body: [] } : { status: 422, body: { error: 'too many databases' } },
    );
    const run = await setup(url, ['--yes']);
    expect(run.exitCode).toBe(1);
    expect(run.errorOutput).toBe('InfluxDB refuses POST /api/v3/configure/database: HTTP 422: too many databases\n');
  });

  it.each([['--downsample'], ['--make-token'], ['--alerts'], ['--remove']])('says why it cannot %s', async (flag) => {
    const run = await setup(await startInflux3(new Map()), [flag, '--yes']);
    expect(run).toMatchObject({ exitCode: 1, output: '' });
    expect(run.errorOutput).toMatch(/InfluxDB 3|influxdb3/);
  });

  it('says that it takes an admin token', async () => {
    const run = await setup(await startInflux3(new Map()), ['--yes'], 'service');
    expect(run).toMatchObject({ exitCode: 1, output: '' });
    expect(run.errorOutput).toContain('HTTP 401; it takes an admin token: INFLUX_ADMIN_TOKEN in the environment');
  });
});
