import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { startInflux1, type Influx1Server } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { runCaptured, type CapturedRun, type RunPlace } from '../support/captured-terminal.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const ADMIN = { name: 'admin', password: 'secret' };

let influx: Influx1Server;
let databaseCount = 0;
let database: string;

beforeAll(async () => {
  influx = await startInflux1({ user: ADMIN });
  await influx.query('', "CREATE USER service WITH PASSWORD 'secret'");
});

afterAll(() => influx.stop());

beforeEach(() => {
  databaseCount += 1;
  database = `luna "${String(databaseCount)}"`;
});

function setup(commandArguments: readonly string[], place: Partial<RunPlace> = {}): Promise<CapturedRun> {
  const environment = {
    INFLUX_URL: influx.url,
    INFLUX_DATABASE: database,
    INFLUX_USERNAME: ADMIN.name,
    INFLUX_PASSWORD: ADMIN.password,
  };
  return runCaptured(['setup', ...commandArguments], { environment, folder: makeFolder(), ...place });
}

/** A port that takes what it is asked and never answers. @returns its URL */
async function startSilentServer(onAsked: () => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', onAsked);
    onTestFinished(() => {
      socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  // A server that listens on TCP has an address of this type.
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** Someone at a terminal. */
function person(): PassThrough & { readonly isTTY: boolean } {
  return Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
}

const quoted = (): string => `"${database.replaceAll('"', '\\"')}"`;
const policies = (): ReturnType<Influx1Server['query']> => influx.query('', `SHOW RETENTION POLICIES ON ${quoted()}`);

describe('setup of InfluxDB 1.6', () => {
  it('makes the database with its retention; run again it changes nothing, and says so', async () => {
    const first = await setup(['--retention', '30d', '--yes']);
    const description = `database "${database}", points kept for 30d`;
    expect(first).toEqual({ exitCode: 0, errorOutput: '', output: `make    ${description}\ndone    ${description}\n` });
    expect(await policies()).toEqual([
      { name: 'autogen', duration: '720h0m0s', shardGroupDuration: '24h0m0s', replicaN: 1, default: true },
    ]);
    const second = await setup(['--retention', '30d']);
    const output = `is      ${description}\nnothing to do: all of it is there\n`;
    expect(second).toEqual({ exitCode: 0, errorOutput: '', output });
  });

  it('says in seconds what is no number of hours, and warns of what a shorter retention deletes alone', async () => {
    await influx.query('', `CREATE DATABASE ${quoted()} WITH DURATION 5400s`);
    expect((await setup([])).output).toContain(`is      database "${database}", points kept for 5400s\n`);
    const longer = await setup(['--retention', '30d', '--yes']);
    expect(longer.output).toContain('points kept for 30d (now kept for 5400s; policy "autogen")\n');
    expect(longer.output).not.toContain('!');
    const shorter = await setup(['--retention', '7d', '--yes']);
    expect(shorter.output).toContain(
      'now kept for 30d; policy "autogen")\n        ! points older than 7d are deleted\n',
    );
  });

  it('needs a default retention policy', async () => {
    await influx.query('', `CREATE DATABASE ${quoted()}`);
    await influx.query('', `DROP RETENTION POLICY autogen ON ${quoted()}`);
    expect(await setup(['--yes'])).toMatchObject({
      exitCode: 1,
      output: '',
      errorOutput: `database "${database}" has no default retention policy: give it one\n`,
    });
  });

  it('says that InfluxDB 1.x makes no tokens', async () => {
    expect(await setup(['--make-token', '--yes'])).toMatchObject({
      exitCode: 1,
      output: '',
      errorOutput: '--make-token: InfluxDB 1.x has users and no tokens\n',
    });
  });

  it('ends with 130 at Ctrl-C while the database does not answer', async () => {
    const controller = new AbortController();
    const environment = {
      INFLUX_URL: await startSilentServer(() => {
        controller.abort();
      }),
      INFLUX_DATABASE: database,
    };
    const run = await setup(['--yes'], { environment, signal: controller.signal });
    expect(run).toMatchObject({ exitCode: 130, output: '' });
    expect(run.errorOutput).toContain('interrupted');
  });

  it('keeps points for ever where nothing else is asked for, and leaves a retention that is there', async () => {
    expect(await setup(['--yes'])).toMatchObject({ exitCode: 0 });
    expect(await policies()).toMatchObject([{ name: 'autogen', duration: '0s', shardGroupDuration: '168h0m0s' }]);
    await setup(['--retention', '12h', '--yes']);
    expect(await setup([])).toMatchObject({
      exitCode: 0,
      output: `is      database "${database}", points kept for 12h\nnothing to do: all of it is there\n`,
    });
    expect(await policies()).toMatchObject([{ duration: '12h0m0s', shardGroupDuration: '1h0m0s' }]);
  });

  it('changes a retention, and says before what is deleted by it', async () => {
    await setup(['--yes']);
    const shorter = await setup(['--retention', '8w', '--yes']);
    expect(shorter.output).toContain(
      `change  database "${database}", points kept for 56d (now kept forever; policy "autogen")\n` +
        '        ! points older than 56d are deleted\n',
    );
    const longer = await setup(['--retention', 'forever', '--yes']);
    expect(longer.output).toContain('points kept forever (now kept for 56d; policy "autogen")\n');
    expect(longer.output).not.toContain('deleted');
    expect(await policies()).toMatchObject([{ duration: '0s', shardGroupDuration: '168h0m0s' }]);
  });

  it('downsamples each series into a policy of its own; run again it changes nothing', async () => {
    const first = await setup(['--downsample', '--yes']);
    expect(first.exitCode).toBe(0);
    expect(first.output).toContain('done    continuous query "influx_monitoring_requests"\n');
    const own = (await influx.query('', 'SHOW CONTINUOUS QUERIES')).filter(({ query }) =>
      String(query).includes(` ON ${quoted()} `),
    );
    expect(own.map(({ name }) => name)).toEqual([
      'influx_monitoring_requests',
      'influx_monitoring_ws_requests',
      'influx_monitoring_errors',
      'influx_monitoring_redis_message',
      'influx_monitoring_subscription_error',
      'influx_monitoring_requests_summary',
      'influx_monitoring_ws_requests_summary',
      'influx_monitoring_errors_summary',
      'influx_monitoring_redis_message_summary',
      'influx_monitoring_subscription_error_summary',
    ]);
    const second = await setup(['--downsample']);
    expect(second).toMatchObject({ exitCode: 0, errorOutput: '' });
    expect(second.output).toMatch(/nothing to do: all of it is there\n$/);
    expect(second.output).not.toMatch(/^(make|change|done)/m);
  });

  it('writes queries that give what they promise', async () => {
    await setup(['--downsample', '--yes']);
    const lines = [1, 2, 3, 4].map(
      (value) => `requests,service=shop,route=GET:/ execution_time=${String(value)},request_id="r" ${String(value)}`,
    );
    expect((await influx.write(database, lines.join('\n'))).status).toBe(204);
    const queries = await influx.query('', 'SHOW CONTINUOUS QUERIES');
    const text = String(queries.find(({ query }) => String(query).includes(` ON ${quoted()} RESAMPLE`))?.['query']);
    // InfluxDB runs it by its clock; the test runs what stands in it.
    const select = /BEGIN (.*) END$/.exec(text)?.[1] ?? '';
    await influx.query(database, select.replace(' GROUP BY', ' WHERE time >= 0 AND time < 5m GROUP BY'));
    expect(await influx.query(database, 'SELECT * FROM influx_monitoring_5m.requests')).toEqual([
      {
        time: '0',
        service: 'shop',
        route: 'GET:/',
        count: 4,
        execution_time: 2.5,
        execution_time_max: 4,
        execution_time_p99: 4,
      },
    ]);
  });

  it('replaces a continuous query that somebody changed', async () => {
    await setup(['--downsample', '--yes']);
    await influx.query('', `DROP CONTINUOUS QUERY influx_monitoring_errors ON ${quoted()}`);
    const other = `SELECT count(request_id) INTO x FROM errors GROUP BY time(1m)`;
    await influx.query('', `CREATE CONTINUOUS QUERY influx_monitoring_errors ON ${quoted()} BEGIN ${other} END`);
    const run = await setup(['--downsample', '--yes']);
    expect(run.output.match(/^(make|change) .*$/gm)).toEqual(['change  continuous query "influx_monitoring_errors"']);
    expect((await setup(['--downsample'])).output).toContain('nothing to do');
  });

  it('asks first, and changes nothing at a no', async () => {
    const input = person();
    const run = await setup([], {
      input,
      isTTY: true,
      onOutput: (text) => {
        if (text.includes('Go on?')) setImmediate(() => input.write('n'));
      },
    });
    expect(run.exitCode).toBe(1);
    expect(run.errorOutput).toContain('nothing was changed\n');
    expect(run.output).toContain(`database "${database}", points kept forever\n`);
    expect(await influx.query('', 'SHOW DATABASES')).not.toContainEqual({ name: database });
  });

  it('goes on at a yes', async () => {
    const input = person();
    const run = await setup([], {
      input,
      isTTY: true,
      onOutput: (text) => {
        if (text.includes('Go on?')) setImmediate(() => input.write('y'));
      },
    });
    expect(run.exitCode).toBe(0);
    expect(await influx.query('', 'SHOW DATABASES')).toContainEqual({ name: database });
  });

  it('ends with 130 at Ctrl-C while it asks', async () => {
    const controller = new AbortController();
    const run = await setup([], {
      input: person(),
      isTTY: true,
      signal: controller.signal,
      onOutput: (text) => {
        if (text.includes('Go on?')) setImmediate(controller.abort.bind(controller));
      },
    });
    expect(run.exitCode).toBe(130);
    expect(run.errorOutput).toContain('interrupted; the same command goes on from here\n');
    expect(await influx.query('', 'SHOW DATABASES')).not.toContainEqual({ name: database });
  });

  it('says that nobody can be asked where no person is', async () => {
    const run = await setup([]);
    expect(run).toEqual({
      exitCode: 1,
      output: `make    database "${database}", points kept forever\n`,
      errorOutput: 'not a terminal; rerun with --yes\n',
    });
  });

  it('says that it takes an administrator, and takes one', async () => {
    const service = {
      INFLUX_URL: influx.url,
      INFLUX_DATABASE: database,
      INFLUX_USERNAME: 'service',
      INFLUX_PASSWORD: 'secret',
    };
    const refused = await setup(['--yes'], { environment: service });
    expect(refused.exitCode).toBe(1);
    expect(refused.errorOutput).toMatch(
      /^InfluxDB refuses CREATE DATABASE .*; it takes an administrator: INFLUX_ADMIN_USERNAME and INFLUX_ADMIN_PASSWORD/,
    );
    const environment = { ...service, INFLUX_ADMIN_USERNAME: ADMIN.name, INFLUX_ADMIN_PASSWORD: ADMIN.password };
    expect(await setup(['--yes'], { environment })).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ['--retention', '30'],
    ['--retention', '59m'],
    ['--retention', '0d'],
    ['--grafana', 'grafana.example'],
    ['--timeout', 'x'],
  ])('is called wrong with %s %s', async (name, value) => {
    expect(await setup([`${name}=${value}`])).toMatchObject({ exitCode: 2, output: '' });
  });
});

describe('setup --remove of InfluxDB 1.6', () => {
  const databases = (): ReturnType<Influx1Server['query']> => influx.query('', 'SHOW DATABASES');

  it('takes away all that setup made, and shows it before', async () => {
    await setup(['--downsample', '--yes']);
    await influx.write(database, 'requests,service=shop execution_time=1 1\ninflux_monitoring_doctor id="a" 1');
    const plan = await setup(['--remove']);
    expect(plan).toMatchObject({ exitCode: 1, errorOutput: 'not a terminal; rerun with --yes\n' });
    expect(plan.output).toContain(`remove  database "${database}"\n        ! all points in it are deleted`);
    expect(await setup(['--remove', '--yes'])).toMatchObject({ exitCode: 0, errorOutput: '' });
    expect(await databases()).not.toContainEqual({ name: database });
    expect((await setup(['--remove'])).output).toContain('nothing to do');
  });

  it('leaves a database that holds series of others, and names them', async () => {
    await setup(['--downsample', '--yes']);
    await influx.write(database, 'orders a=1 1\ninflux_monitoring_doctor id="a" 1');
    const run = await setup(['--remove', '--yes']);
    expect(run.exitCode).toBe(0);
    expect(run.output).toContain('it stays: it holds series that are not of influx-monitoring (orders)');
    expect(await databases()).toContainEqual({ name: database });
    expect(await influx.query(database, 'SHOW MEASUREMENTS')).toEqual([{ name: 'orders' }]);
    expect(await policies()).toMatchObject([{ name: 'autogen' }]);
    expect(
      (await influx.query('', 'SHOW CONTINUOUS QUERIES')).filter(({ query }) => String(query).includes(quoted())),
    ).toEqual([]);
  });

  it('names five of the series of others, and has nothing of its own to take away', async () => {
    await influx.query('', `CREATE DATABASE ${quoted()}`);
    await influx.write(database, ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name} v=1 1`).join('\n'));
    const run = await setup(['--remove', '--yes']);
    expect(run.output).toContain('series that are not of influx-monitoring (a, b, c, d, e, …)');
    expect(run.output).not.toContain('remove');
    expect(await influx.query(database, 'SHOW MEASUREMENTS')).toHaveLength(6);
  });
});

describe("setup and the service's user of InfluxDB 1.6", () => {
  const environmentOf = (name: string, url = influx.url): Record<string, string> => ({
    INFLUX_URL: url,
    INFLUX_DATABASE: database,
    INFLUX_USERNAME: name,
    INFLUX_PASSWORD: 'secret',
    INFLUX_ADMIN_USERNAME: ADMIN.name,
    INFLUX_ADMIN_PASSWORD: ADMIN.password,
  });
  const asUser = (name: string): Promise<CapturedRun> => setup(['--yes'], { environment: environmentOf(name) });

  it('leaves a right to read that it has', async () => {
    await influx.query('', `CREATE DATABASE ${quoted()}`);
    await influx.query('', "CREATE USER reader WITH PASSWORD 'secret'");
    await influx.query('', `GRANT READ ON ${quoted()} TO reader`);
    expect((await asUser('reader')).output).toContain(
      `user "reader" may write (GRANT ALL ON ${quoted()} TO "reader")\n`,
    );
    const grants = await influx.query('', 'SHOW GRANTS FOR reader');
    expect(grants).toEqual([{ database, privilege: 'ALL PRIVILEGES' }]);
  });

  it('gives an administrator none', async () => {
    await influx.query('', "CREATE USER boss WITH PASSWORD 'secret' WITH ALL PRIVILEGES");
    const run = await asUser('boss');
    expect(run.output).toContain('is      user "boss" may write\n        ! as an administrator\n');
    expect(await influx.query('', 'SHOW GRANTS FOR boss')).toEqual([]);
  });

  it('says nothing of it where InfluxDB asks nobody for a user', async () => {
    const open = await startInflux1();
    onTestFinished(() => open.stop());
    const run = await setup(['--yes'], { environment: environmentOf('service', open.url) });
    expect(run).toMatchObject({ exitCode: 0, errorOutput: '' });
    expect(run.output).not.toContain('user');
  });

  it('gives it the right to write, and none twice', async () => {
    const environment = environmentOf('service');
    const run = await setup(['--yes'], { environment });
    expect(run.output).toContain(`change  user "service" may write (GRANT WRITE ON ${quoted()} TO "service")\n`);
    const grants = await influx.query('', 'SHOW GRANTS FOR service');
    expect(grants).toContainEqual({ database, privilege: 'WRITE' });
    expect((await setup([], { environment })).output).toContain('nothing to do');
    const nobody = await setup([], { environment: { ...environment, INFLUX_USERNAME: 'nobody' } });
    expect(nobody.output).toContain(
      `there is no such user: CREATE USER "nobody" WITH PASSWORD '…', then GRANT WRITE ON`,
    );
  });
});
