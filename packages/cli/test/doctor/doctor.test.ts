import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { encodeFrameSync, SEGMENT_MAGIC } from '../../../core/src/spool/segment/frame.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCaptured } from '../support/captured-terminal.ts';
import { runDoctor } from '../support/doctor-run.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { spawnCommand } from '../support/spawned-command.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const CREDENTIALS = { INFLUX_TOKEN: 'token', INFLUX_ORG: 'luna', INFLUX_BUCKET: 'luna_monitoring' };

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  );
  // A server that listens on a port has an address of this kind.
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

describe('doctor', () => {
  it('holds the embedded store for a right configuration, and says what it is', async () => {
    const run = await runCaptured(['doctor'], { folder: makeFolder() });
    expect(run).toEqual({
      exitCode: 0,
      errorOutput: '',
      output: [
        'enabled               true         default',
        'service               luna-sender  default',
        'flushingPeriod        1            default',
        'maxMessageAgeSeconds  60           default',
        '',
        'ok    configuration  no InfluxDB is configured: points stay in the memory of the service (the embedded ' +
          'store); set INFLUX_URL and credentials to send them',
        'skip  spool folder   not looked at: `delivery.spoolFolder` stands in code; name it with --spool to have it ' +
          'checked',
        '',
        'all is well',
        '',
      ].join('\n'),
    });
  });

  it('is run by the process, whose exit code it sets', async () => {
    const folder = makeFolder();
    const right = await spawnCommand(['doctor'], { folder }).done;
    expect(right).toMatchObject({ exitCode: 0, errorOutput: '' });
    const wrong = await spawnCommand(['doctor'], { folder, environment: { INFLUX_PORT: 'x' } }).done;
    expect(wrong).toMatchObject({ exitCode: 1, errorOutput: '' });
  });

  it('says what the service would say to a wrong configuration', async () => {
    const environment = { ...CREDENTIALS, INFLUX_PORT: '80\u001b[31m86' };
    const run = await runCaptured(['doctor'], { environment, folder: makeFolder() });
    expect(run.exitCode).toBe(1);
    expect(run.output).toContain('fail  configuration  INFLUX_PORT in the environment: expected a whole number');
    expect(run.output).toContain('(ERR_OPTION_TYPE): docs/errors.md says what to do.');
    expect(run.output).toContain('\n1 failed\n');
    expect(run.output).not.toContain('\u001b');
  });

  it('warns where monitoring is switched off', async () => {
    const environment = { MONITORING_ENABLED: 'false' };
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, statuses: { configuration: 'warn' } });
    expect(report.output).toContain('MONITORING_ENABLED in the environment');
  });

  it('paints a person’s terminal, and nothing where NO_COLOR is set', async () => {
    const folder = makeFolder();
    const painted = await runCaptured(['doctor'], { folder, isTTY: true });
    expect(painted.output).toContain('\u001b[32mok  \u001b[39m  configuration');
    const environments = [{ NO_COLOR: '1' }, { TERM: 'dumb' }];
    for (const environment of environments) {
      const plain = await runCaptured(['doctor'], { folder, isTTY: true, environment });
      expect(plain.output).not.toContain('\u001b');
    }
    const forced = await runCaptured(['doctor'], { folder, environment: { FORCE_COLOR: '1' } });
    expect(forced.output).toContain('\u001b[32m');
  });

  it('tells a host without an address', async () => {
    const environment = { ...CREDENTIALS, INFLUX_HOST: 'nowhere.invalid' };
    const report = await runDoctor(['--timeout', '5'], { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 1, statuses: { host: 'fail', connection: 'skip' } });
    expect(report.failures).toMatch(
      /^host: nowhere\.invalid has no address \(.*\) → Check the host's name \(INFLUX_HOST/,
    );
  });

  it('only warns of a server that does not say that it is InfluxDB', async () => {
    const server = createServer((_request, response) => response.writeHead(401).end('{"message":"who are you"}'));
    const environment = { ...CREDENTIALS, INFLUX_URL: await listen(server) };
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 1, statuses: { 'HTTP or TLS': 'warn', credentials: 'fail' } });
    expect(report.steps.find(({ step }) => step === 'HTTP or TLS')?.message).toContain(
      'does not say that it is InfluxDB',
    );
  });

  it('tells a server that hangs up on a question', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/ping') response.writeHead(204, { 'x-influxdb-version': 'v2.7.11' }).end();
      else request.socket.destroy();
    });
    const environment = { ...CREDENTIALS, INFLUX_URL: await listen(server) };
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report.failures).toMatch(/^credentials: http:.*: socket hang up → Look into the server's log/);
  });

  it('tells a port of TLS that knows neither scheme', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.resume().end('220 mail.example ESMTP\r\n');
    });
    const url = (await listen(server)).replace('http:', 'https:');
    const report = await runDoctor([], { environment: { ...CREDENTIALS, INFLUX_URL: url }, folder: makeFolder() });
    expect(report.failures).toMatch(
      /^HTTP or TLS: no TLS with https:.* → Check the port \(INFLUX_URL in the environment\)/,
    );
  });

  it('reads no more than 4 MiB of an answer', async () => {
    const server = createServer((_request, response) => {
      response.on('error', () => undefined);
      const writeOn = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', writeOn);
      response.writeHead(200);
      writeOn();
    });
    const environment = { ...CREDENTIALS, INFLUX_URL: await listen(server) };
    const report = await runDoctor(['--no-write'], { environment, folder: makeFolder() });
    expect(report.statuses).toMatchObject({ 'HTTP or TLS': 'warn', credentials: 'fail', database: 'skip' });
    expect(report.failures).toMatch(/^credentials: http:.*: the answer is longer than 4 MiB → /);
  });
});

describe('doctor and the spool folder', () => {
  const SEGMENT = Buffer.concat([
    SEGMENT_MAGIC,
    encodeFrameSync({ bytes: Buffer.from('a f=1 1\na f=1 2'), lineCount: 2 }, 1),
    encodeFrameSync({ bytes: Buffer.from('a f=1 3'), lineCount: 1 }, 1),
  ]);

  function makeSpool(segment: Buffer): string {
    const spool = join(makeFolder(), 'spool');
    mkdirSync(join(spool, 'queue-host-1-0-abc'), { recursive: true });
    writeFileSync(join(spool, 'queue-host-1-0-abc', '1-1-abc.segment'), segment);
    return spool;
  }

  it('counts what waits in it', async () => {
    const spool = makeSpool(SEGMENT);
    const report = await runDoctor(['--spool', spool], { folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, statuses: { 'spool folder': 'ok' } });
    expect(report.output).toContain(`the spool folder ${spool} is writable; 3 lines wait in it; `);
  });

  it('warns of segments that are broken, in their queue and moved aside', async () => {
    const broken = Buffer.from(SEGMENT);
    broken[40] = (broken[40] ?? 0) ^ 1;
    const spool = makeSpool(broken);
    mkdirSync(join(spool, 'broken'));
    writeFileSync(join(spool, 'broken', 'x.segment'), 'x');
    const report = await runDoctor(['--spool', spool], { folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, statuses: { 'spool folder': 'warn' } });
    expect(report.output).toContain('has 2 segments with lines that cannot be read');
  });

  it('tells a file where the folder should be', async () => {
    const spool = join(makeFolder(), 'spool');
    writeFileSync(spool, '');
    const report = await runDoctor(['--spool', spool], { folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 1, statuses: { 'spool folder': 'fail' } });
    expect(report.failures).toContain('cannot be written (EEXIST)');
  });

  it('warns where the disk is smaller than the spool may grow', async () => {
    const spool = join(makeFolder(), 'spool');
    mkdirSync(spool);
    mountSmallDisk(spool, 'rw');
    const report = await runDoctor(['--spool', spool], { folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, statuses: { 'spool folder': 'warn' } });
    expect(report.output).toContain(`the spool folder ${spool} is writable, with 0 MiB free`);
  });
});

describe('doctor and what the service would read', () => {
  it('reads a file of variables beside the environment, which is the stronger one', async () => {
    const folder = makeFolder();
    writeFileSync(
      join(folder, '.env'),
      '# ours\nINFLUX_URL="http://127.0.0.1:1"\nINFLUX_DATABASE=luna\nMONITORING_SERVICE=shop\n',
    );
    const environment = { MONITORING_SERVICE: 'stronger' };
    const report = await runDoctor(['--env-file', '.env', '--no-write'], { environment, folder });
    expect(report.configuration).toContainEqual({
      name: 'dbName',
      value: 'luna',
      source: expect.any(String) as string,
    });
    expect(report.configuration).toContainEqual(expect.objectContaining({ name: 'service', value: 'stronger' }));
    const missing = await runCaptured(['doctor', '--env-file', 'none'], { folder });
    expect(missing).toMatchObject({ exitCode: 1, errorOutput: 'none cannot be read (ENOENT)\n' });
  });

  it('tells variables that are no settings, those of the file too', async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, '.env'), 'INFLUX_DATABSE=luna\n');
    const environment = { MONITORING_SERVCE: 'shop' };
    const report = await runDoctor(['--env-file', '.env'], { environment, folder });
    const step = report.steps.find((result) => result.step === 'configuration');
    expect(report.exitCode).toBe(0);
    expect(step?.status).toBe('warn');
    expect(step?.message).toContain('INFLUX_DATABSE is ignored: it is not a setting; did you mean INFLUX_DATABASE?');
    expect(step?.message).toContain(
      'MONITORING_SERVCE is ignored: it is not a setting; did you mean MONITORING_SERVICE?',
    );
  });

  it('ends with one sentence: the cause and the step', async () => {
    const environment = { INFLUX_HOST: 'nowhere.invalid', INFLUX_DATABASE: 'luna' };
    const run = await runCaptured(['doctor'], { environment, folder: makeFolder() });
    expect(run.output.trimEnd().split('\n').at(-1)).toMatch(
      /^host: nowhere\.invalid has no address \(.*\), so check the host's name \(INFLUX_HOST in the environment\)/,
    );
  });

  it('tells where a redirect leads to, without credentials', async () => {
    const server = createServer((_request, response) =>
      response.writeHead(302, { location: 'https://me:secret@login.example/sign-in?token=1' }).end(),
    );
    const environment = { ...CREDENTIALS, INFLUX_URL: await listen(server) };
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report.failures).toMatch(
      /^HTTP or TLS: http:\S+ redirects to https:\/\/login\.example\/sign-in \(HTTP 302\) → /,
    );
    expect(report.output).not.toContain('secret');
  });
});

describe('doctor and what lies in a spool', () => {
  it('tells dead letters, and queues whose process is gone', async () => {
    const spool = makeFolder();
    mkdirSync(join(spool, 'dead-letters'));
    writeFileSync(join(spool, 'dead-letters', '1.lp'), 'm f=1 1\n');
    const report = await runDoctor(['--spool', spool], { folder: makeFolder() });
    const step = report.steps.find((result) => result.step === 'spool folder');
    expect(step?.status).toBe('warn');
    expect(step?.message).toContain('1 files of dead letters');
    expect(step?.advice).toContain(join(spool, 'dead-letters'));
  });

  it('ends where no folder can be made, below /proc too', async () => {
    const report = await runDoctor(['--spool', '/proc/none/spool'], { folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 1, statuses: { 'spool folder': 'fail' } });
  });
});
