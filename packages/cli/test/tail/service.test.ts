import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '@influx-monitoring/core';
import { monitoringDashboard } from '@influx-monitoring/dashboard';
import { freePort } from '@influx-monitoring/test-servers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCaptured } from '../support/captured-terminal.ts';
import { startCommand } from '../support/running-command.ts';
import { ShopProcess } from '../support/shop-process.ts';
import { spawnCommand } from '../support/spawned-command.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const folder = '/';

/** A server in this process. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  );
  // A server that listens on a port has an address of this kind.
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** A service in this process, whose points are made by hand. */
async function startService(options: Parameters<typeof monitoringDashboard>[0] = {}): Promise<{
  readonly monitoring: LunaRequestInfluxMonitoring;
  readonly url: string;
  readonly record: (id: string) => void;
}> {
  const monitoring = new LunaRequestInfluxMonitoring({ service: 'sh\u001b[31mop', flushingPeriod: 600 });
  const url = await serve(monitoringDashboard({ ...options, monitoring }));
  onTestFinished(async () => {
    await monitoring.stop();
  });
  const record = (id: string): void => {
    monitoring.addPoints([
      new RequestMonitoringPoint({
        executionTime: 0.001,
        method: 'GET',
        requestId: id,
        requestTime: monitoring.now(),
        resource: '/',
        service: 'shop',
        statusCode: 200,
      }),
    ]);
  };
  return { monitoring, url, record };
}

function idsOf(output: string): string[] {
  const lines = output.split('\n').filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { fields: { request_id: string } }).fields.request_id);
}

describe('tail of a service', () => {
  it('shows its points as they come, and over its restart those of the new process from its start on', async () => {
    const shop = await ShopProcess.start();
    const tail = startCommand(['tail', shop.monitoringUrl, '--series', 'requests'], { folder });
    await tail.until(`follows "shop" at ${shop.monitoringUrl}/\n`);
    await shop.get('/users/7');
    await shop.get('/broken');
    await tail.until(
      /requests +status_code=500 {2}route=GET:\/broken {2}service=shop {2}request_id=\S+ {2}execution_time=/,
    );
    await shop.end();
    await tail.until(/the connection is lost \(.*\); waits for the service\n/);
    await shop.begin();
    // It may be recorded before the command is connected again.
    await shop.get('/version');
    await tail.until('"shop" has restarted; its points since then:\n');
    await tail.until('route=GET:/version');
    const { exitCode, output, errorOutput } = await tail.interrupt();
    expect(exitCode).toBe(130);
    expect(output.match(/route=\S+/g)).toEqual(['route=GET:/users/:user', 'route=GET:/broken', 'route=GET:/version']);
    expect(output).not.toMatch(/errors/);
    expect(output).not.toContain('\u001b');
    expect(errorOutput.split('\n').at(-2)).toBe('interrupted; 3 points shown');
  });

  it('filters by tag, begins with points of before, and gives JSON, one line a point', async () => {
    const shop = await ShopProcess.start();
    for (const path of ['/version', '/broken', '/users/1', '/nothing']) await shop.get(path);
    const own = ['--tag', 'status_code=5*', '--tag', 'status_code=404', '--tag', 'service=shop', '--json'];
    const run = await runCaptured(['tail', shop.monitoringUrl, '--since', '5m', '--no-follow', ...own], { folder });
    expect(run).toMatchObject({ exitCode: 0, errorOutput: '' });
    const points = run.output.split('\n').filter(Boolean);
    expect(points.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { series: 'requests', tags: { route: 'GET:/broken', status_code: '500' } },
      { series: 'errors', tags: { route: 'GET:/broken', error_code: '500' } },
      { series: 'requests', tags: { route: 'GET:unmatched', status_code: '404' } },
      { series: 'errors', tags: { route: 'GET:unmatched', error_code: '404' } },
    ]);
    // Without --since all that is in memory is what is there.
    const all = await runCaptured(['tail', `${shop.monitoringUrl}/?window=5#at`, '--no-follow'], { folder });
    expect(all.output.trimEnd().split('\n')).toHaveLength(6);
  });

  it('ends clean at Ctrl-C as a process of its own, and when nobody reads any more', async () => {
    const shop = await ShopProcess.start();
    const place = makeFolder();
    const command = spawnCommand(['tail', shop.monitoringUrl], { folder: place });
    await command.said('follows "shop"');
    command.kill('SIGINT');
    expect(await command.done).toEqual({
      exitCode: 130,
      output: '',
      errorOutput: `follows "shop" at ${shop.monitoringUrl}/\ninterrupted; 0 points shown\n`,
    });
    const piped = spawnCommand(['tail', shop.monitoringUrl], { folder: place });
    await piped.said('follows "shop"');
    piped.closeOutput();
    await shop.get('/version');
    expect(await piped.done).toEqual({
      exitCode: 0,
      output: '',
      errorOutput: `follows "shop" at ${shop.monitoringUrl}/\n`,
    });
  });

  it('goes on after a connection that broke, and says that points may be missing', async () => {
    const { url, record } = await startService();
    let breakConnection: () => void = () => undefined;
    const proxy = await serve((req, res) => {
      void fetch(url + (req.url ?? '')).then(async ({ body, headers }) => {
        res.writeHead(200, { 'content-type': headers.get('content-type') ?? '' });
        const reader = body?.getReader();
        breakConnection = () => {
          res.destroy();
          void reader?.cancel();
        };
        for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read())
          res.write(chunk.value);
      });
    });
    const tail = startCommand(['tail', proxy, '--json'], { folder });
    await tail.until('follows');
    record('one');
    await tail.until('"one"');
    breakConnection();
    await tail.until(/connected again, to the same process; points of the \d+\.\d s between are not shown\n/);
    record('two');
    await tail.until('"two"');
    const { errorOutput, output } = await tail.interrupt();
    expect(idsOf(output)).toEqual(['one', 'two']);
    expect(errorOutput.match(/waits for the service/g)).toHaveLength(1);
  });

  it('takes a service that says nothing for twenty seconds for one that is away', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const url = await serve((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/plain' }).write('# begin {"service":"shop","bootId":"a"}\n');
    });
    const tail = startCommand(['tail', url], { folder });
    await tail.until('follows');
    // One turn of the event loop: by then it waits for more.
    await new Promise(setImmediate);
    vi.advanceTimersByTime(20_000);
    await tail.until('the connection is lost (it says nothing any more); waits for the service\n');
    await tail.until('connected again, to the same process');
    expect((await tail.interrupt()).exitCode).toBe(130);
  });

  it('asks a third process for all that it has, where it answers instead of the second', async () => {
    const bootIds = ['first', 'second', 'third'];
    const asked: string[] = [];
    const url = await serve((req, res) => {
      asked.push(req.url ?? '');
      const bootId = bootIds.shift() ?? 'third';
      res.writeHead(200, { 'content-type': 'text/plain' });
      res.write(`# begin {"service":"shop","bootId":"${bootId}"}\n# live {}\n`);
      if (bootId === 'first') res.end();
      if (bootId === 'third') res.write('a f=1 1\n');
    });
    const tail = startCommand(['tail', url, '--json'], { folder });
    await tail.until('"stamp":"1"');
    const { errorOutput } = await tail.interrupt();
    // The second said that it is another one than the first; what was asked of it then, the third answered.
    expect(asked.map((path) => path.includes('since=900'))).toEqual([false, false, true]);
    expect(errorOutput.match(/"shop" has restarted/g)).toHaveLength(1);
  });

  it('waits for a service that has stopped its monitoring', async () => {
    const { monitoring, url, record } = await startService();
    const tail = startCommand(['tail', `${url}/`, '--json'], { folder });
    await tail.until('follows');
    record('last');
    await monitoring.stop();
    await tail.until('the service has stopped its monitoring; waits for the service\n');
    const { output } = await tail.interrupt();
    expect(idsOf(output)).toEqual(['last']);
  });

  it('prints no name that a terminal obeys, and paints a person’s', async () => {
    const { record, url } = await startService();
    const tail = startCommand(['tail', url], { folder, environment: { NO_COLOR: '1' }, isTTY: true });
    const painted = startCommand(['tail', url], { folder, isTTY: true });
    await tail.until('follows "sh\\u{1b}[31mop"');
    await painted.until('follows');
    record('\u001b]0;title\u0007 \u202e\u009b2J');
    await tail.until('status_code=200');
    await painted.until('\u001b[32m200\u001b[39m');
    const { output, errorOutput } = await tail.interrupt();
    expect(output).toContain(String.raw`request_id="\u001b]0;title\u0007 \u202e\u009b2J"`);
    for (const obeyed of ['\u001b', '\u0007', '\u009b', '\u202e']) expect(output + errorOutput).not.toContain(obeyed);
  });

  it('says how many points were left out where it is not read as fast as they come', async () => {
    const { monitoring, url } = await startService();
    let goOn: () => void = () => undefined;
    const isReadOn = new Promise<void>((resolve) => (goOn = resolve));
    const tail = startCommand(['tail', url, '--json'], { folder, isReadOn });
    await tail.until('follows');
    const requestId = 'x'.repeat(10_000);
    const recordMany = (): void => {
      const requestTime = monitoring.now();
      const points = Array.from({ length: 95 }, () => {
        return new RequestMonitoringPoint({
          executionTime: 0.001,
          method: 'GET',
          requestId,
          requestTime,
          resource: '/',
          service: 'shop',
          statusCode: 200,
        });
      });
      monitoring.addPoints(points);
    };
    // Nothing is taken from the connection while the first are not printed: more than the kernel keeps are left out.
    let count = 0;
    const quick = startCommand(['tail', url, '--json', '--tag', 'route=GET:/'], { folder });
    await quick.until('follows');
    for (let round = 0; round < 25; round += 1) {
      recordMany();
      count += 95;
      await quick.lines(count);
    }
    goOn();
    await tail.until(' points left out here: more came than was read\n');
    const { output, errorOutput } = await tail.interrupt();
    const left = [...errorOutput.matchAll(/^(\d+) points? left out/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
    expect(idsOf(output).length + left).toBe(count);
  });

  it('sends what lets it in, from the command line and the environment', async () => {
    const seen: (string | undefined)[] = [];
    const authorize = ({ headers }: { headers: NodeJS.Dict<string | string[]> }): boolean => {
      seen.push(`${String(headers['authorization'])} ${String(headers['x-team'])}`);
      return headers['authorization'] === 'Bearer word' || headers['authorization'] === 'Basic bWU6d29yZA==';
    };
    const { url } = await startService({ authorize });
    const tail = (...own: string[]) => runCaptured(['tail', url, '--no-follow', ...own], { folder });
    const refused = await tail();
    expect(refused).toMatchObject({ exitCode: 1, output: '' });
    expect(refused.errorOutput).toBe(
      `${url}/ does not let this command in (HTTP 403: This page is shown to clients on the same machine only, unless ` +
        'authorize() lets others in.); see --header in --help\n',
    );
    expect(await tail('--header', 'Authorization: Bearer word', '--header', 'X-Team: a')).toMatchObject({
      exitCode: 0,
    });
    const environment = { INFLUX_MONITORING_AUTHORIZATION: 'Bearer word' };
    const run = await runCaptured(['tail', url, '--no-follow'], { folder, environment });
    expect(run).toMatchObject({ exitCode: 0 });
    const stronger = await runCaptured(['tail', url, '--no-follow', '--header', 'authorization: no'], {
      folder,
      environment,
    });
    expect(stronger.exitCode).toBe(1);
    const withUser = url.replace('http://', 'http://me:word@');
    const named = startCommand(['tail', withUser], { folder });
    await named.until(`follows "sh\\u{1b}[31mop" at ${url}/\n`);
    expect(seen).toEqual([
      'undefined undefined',
      'Bearer word a',
      'Bearer word undefined',
      'no undefined',
      'Basic bWU6d29yZA== undefined',
    ]);
  });
});

describe('tail says what is wrong', () => {
  it('where nothing is there', async () => {
    const url = `http://127.0.0.1:${String(await freePort())}`;
    const run = await runCaptured(['tail', url], { folder });
    expect(run).toMatchObject({ exitCode: 1, output: '' });
    expect(run.errorOutput).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/ is not there: connect ECONNREFUSED/);
  });

  it.each([
    [
      404,
      {},
      '<!DOCTYPE html>\u001b[2J\nmore',
      'does not give points (HTTP 404: <!DOCTYPE html>\\u{1b}[2J): expected the address',
    ],
    [401, {}, 'who are you', 'does not let this command in (HTTP 401: who are you)'],
    [302, { location: '/elsewhere' }, '', 'leads elsewhere: name the address that it leads to (/elsewhere)'],
    [503, {}, 'Too many viewers.\n', 'is not there: HTTP 503: Too many viewers.'],
    [200, { 'content-type': 'text/html' }, 'hello', 'does not give points (HTTP 200: hello)'],
    [200, { 'content-type': 'text/plain' }, '# live {}\n', 'does not answer as monitoringDashboard() does'],
    [200, { 'content-type': 'text/plain' }, 'hello\n', 'does not answer as monitoringDashboard() does'],
    [200, { 'content-type': 'text/plain' }, '', 'does not answer as monitoringDashboard() does'],
    [200, { 'content-type': 'text/plain' }, `x${'y'.repeat(17 * 1024 * 1024)}`, 'a line of more than 16 MiB'],
  ])('where the answer is %d %j', async (status, headers, body, words) => {
    const url = await serve((_req, res) => {
      res.on('error', () => undefined);
      res.writeHead(status, { ...headers }).end(body);
    });
    const run = await runCaptured(['tail', url], { folder });
    expect(run).toMatchObject({ exitCode: 1, output: '' });
    expect(run.errorOutput).toContain(words);
  });

  it('once, where lines are no points, and shows the others; what a newer service says it passes over', async () => {
    const lines = [
      '# begin {"service":"s","bootId":"b"}',
      '# newer {"a":1}',
      '# broken {oh}',
      'a f=1 x',
      'a f=1 1',
      '',
      'b',
    ];
    const url = await serve((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/plain' }).end(`${lines.join('\n')}\na f=2 2\n# end {}\n`);
    });
    const run = await runCaptured(['tail', url, '--no-follow', '--json'], { folder });
    expect(
      run.output
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { stamp: string }).stamp),
    ).toEqual(['1', '2']);
    expect(run.errorOutput).toBe('lines that are no points, as this service writes them, are left out\n');
  });

  it('where a service remembers less', async () => {
    const run = await runCaptured(['tail', 'http://127.0.0.1:1', '--since', '1h'], { folder });
    expect(run).toMatchObject({ exitCode: 1, output: '' });
    expect(run.errorOutput).toContain('a service keeps the points of 15 minutes in memory');
  });

  it('where the address is none', async () => {
    const run = await runCaptured(['tail', 'http://[1'], { folder });
    expect(run).toEqual({ exitCode: 1, output: '', errorOutput: 'http://[1 is no address\n' });
  });

  it.each([
    ['--tag', 'status_code'],
    ['--since', 'yesterday'],
    ['--series', ''],
    ['--header', 'Authorization'],
    ['--header', 'X y: z'],
    ['--header', 'X: a\nb'],
  ])('where it is called with %s %j', async (...own) => {
    const run = await runCaptured(['tail', 'http://127.0.0.1:1', ...own], { folder });
    expect(run).toMatchObject({ exitCode: 2, output: '' });
    expect(run.errorOutput).toContain('Expected ');
  });
});
