import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startInflux1, startRedis, type Influx1Server } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { runCaptured } from '../support/captured-terminal.ts';
import { runDoctor, readReport } from '../support/doctor-run.ts';
import { startProxy } from '../support/proxy.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { spawnCommand } from '../support/spawned-command.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { startTlsInflux1, type TlsInflux1 } from '../support/tls-influx1.ts';

const USER = { name: 'luna', password: 'secret word' };
const ALL_OK = {
  configuration: 'ok',
  host: 'ok',
  connection: 'ok',
  'HTTP or TLS': 'ok',
  credentials: 'ok',
  database: 'ok',
  write: 'ok',
  'read back': 'ok',
  clocks: 'ok',
};

let influx: Influx1Server;

beforeAll(async () => {
  influx = await startInflux1({ user: USER });
  await influx.createDatabase('luna');
});

afterAll(() => influx.stop());

function environmentOf(changes: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    INFLUX_URL: influx.url,
    INFLUX_DATABASE: 'luna',
    INFLUX_USERNAME: USER.name,
    INFLUX_PASSWORD: USER.password,
    ...changes,
  };
}

describe('doctor with InfluxDB 1.6', () => {
  it('finds nothing wrong with a right configuration, and has written and read back a point', async () => {
    const folder = makeFolder();
    const spool = join(folder, 'spool');
    const countBefore = await influx.count('luna', 'influx_monitoring_doctor');
    const report = await runDoctor(['--spool', spool], { environment: environmentOf(), folder });
    expect(report).toMatchObject({
      exitCode: 0,
      ok: true,
      failures: '',
      statuses: { ...ALL_OK, 'spool folder': 'ok' },
    });
    expect(await influx.count('luna', 'influx_monitoring_doctor')).toBe(countBefore + 1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('writes nothing with --no-write', async () => {
    const countBefore = await influx.count('luna', 'influx_monitoring_doctor');
    const report = await runDoctor(['--no-write'], { environment: environmentOf(), folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, statuses: { ...ALL_OK, write: 'skip', 'read back': 'skip' } });
    expect(await influx.count('luna', 'influx_monitoring_doctor')).toBe(countBefore);
  });

  it('says of each value where it came from, and shows no password', async () => {
    const folder = makeFolder();
    const file = join(folder, '.influx-monitoringrc.json');
    writeFileSync(file, JSON.stringify({ monitoring: { service_name: 'shop', password: USER.password } }));
    const environment = environmentOf({ INFLUX_PASSWORD: '' });
    const report = await runDoctor([], { environment, folder });
    expect(report.exitCode).toBe(0);
    expect(report.output).not.toContain(USER.password);
    expect(report.configuration).toEqual([
      { name: 'host', value: '127.0.0.1', source: 'INFLUX_URL in the environment' },
      { name: 'port', value: influx.port, source: 'INFLUX_URL in the environment' },
      { name: 'ssl', value: false, source: 'INFLUX_URL in the environment' },
      { name: 'version', value: 1, source: 'the version of these credentials' },
      { name: 'dbName', value: 'luna', source: 'INFLUX_DATABASE in the environment' },
      { name: 'username', value: 'luna', source: 'INFLUX_USERNAME in the environment' },
      { name: 'password', value: '(not shown)', source: `"password" in ${file}` },
      { name: 'enabled', value: true, source: 'default' },
      { name: 'service', value: 'shop', source: `"service_name" in ${file}` },
      { name: 'flushingPeriod', value: 1, source: 'default' },
      { name: 'maxMessageAgeSeconds', value: 60, source: 'default' },
    ]);
  });

  it('tells a wrong port: nothing listens there', async () => {
    const port = await freePort();
    const environment = environmentOf({ INFLUX_URL: `http://127.0.0.1:${String(port)}` });
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toBe(
      `connection: nothing listens on 127.0.0.1, port ${String(port)} → ` +
        'Check the port (INFLUX_URL in the environment), and whether InfluxDB is running there.',
    );
    expect(report.statuses).toMatchObject({ host: 'ok', 'HTTP or TLS': 'skip', write: 'skip', clocks: 'skip' });
  });

  it('tells a wrong port: something else listens there', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const environment = environmentOf({ INFLUX_URL: `http://127.0.0.1:${String(redis.port)}` });
    // Redis waits for the rest of what it takes for a command.
    const report = await runDoctor(['--timeout', '1'], { environment, folder: makeFolder() });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toMatch(/^HTTP or TLS: .* does not answer as HTTP does .* something else listens there\.$/);
  });

  it('tells a wrong password, and where it stands', async () => {
    const environment = environmentOf({ INFLUX_PASSWORD: 'wrong' });
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toBe(
      'credentials: user name and password: refused (HTTP 401: authorization failed) → Check the user name ' +
        '(INFLUX_USERNAME in the environment) and the password (INFLUX_PASSWORD in the environment).',
    );
    expect(report.statuses).toMatchObject({ database: 'skip', write: 'skip', clocks: 'ok' });
  });

  it('tells that credentials are asked for and none are given', async () => {
    const environment = { INFLUX_URL: influx.url, INFLUX_DATABASE: 'luna' };
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toContain('refused (HTTP 401: unable to parse authentication credentials)');
    expect(report.failures).toContain('INFLUX_USERNAME, which is not set');
  });

  it('tells a database that is not there', async () => {
    const environment = environmentOf({ INFLUX_DATABASE: 'moon' });
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toBe(
      'database: database "moon" is not there → Make it with `npx @influx-monitoring/cli setup`, or check the name ' +
        '(INFLUX_DATABASE in the environment) and what these credentials may see.',
    );
  });

  it('tells a user who may read and not write', async () => {
    await influx.query('', "CREATE USER reader WITH PASSWORD 'secret'");
    await influx.query('', 'GRANT READ ON luna TO reader');
    const environment = environmentOf({ INFLUX_USERNAME: 'reader', INFLUX_PASSWORD: 'secret' });
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toMatch(
      /^write: a write is refused \(HTTP 403: .*\) → Give these credentials the right to write into database "luna"/,
    );
  });

  it('only warns of a user who may write and not read', async () => {
    await influx.query('', "CREATE USER writer WITH PASSWORD 'secret'");
    await influx.query('', 'GRANT WRITE ON luna TO writer');
    const environment = environmentOf({ INFLUX_USERNAME: 'writer', INFLUX_PASSWORD: 'secret' });
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, statuses: { database: 'ok', write: 'ok', 'read back': 'warn' } });
  });

  it.each([
    [-90_000, 'fail', 1, /^clocks: this machine's clock is (89|90)\.\d s ahead of the server's → Set both by NTP/],
    [90_000, 'fail', 1, /^clocks: this machine's clock is (89|90)\.\d s behind the server's → Set both by NTP/],
    [-10_000, 'warn', 0, /^$/],
  ])('tells a clock that is off: %d ms is a %s', async (offsetMs, status, exitCode, failure) => {
    const proxy = await startProxy(influx.port, {
      headers: (headers) => {
        headers['date'] = new Date(Date.now() + offsetMs).toUTCString();
      },
    });
    onTestFinished(() => proxy.stop());
    const environment = environmentOf({ INFLUX_URL: `http://127.0.0.1:${String(proxy.port)}` });
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode, statuses: { ...ALL_OK, clocks: status } });
    expect(report.failures).toMatch(failure);
  });

  it('warns of a server that does not tell its time', async () => {
    const proxy = await startProxy(influx.port, {
      headers: (headers) => {
        delete headers['date'];
      },
    });
    onTestFinished(() => proxy.stop());
    const environment = environmentOf({ INFLUX_URL: `http://127.0.0.1:${String(proxy.port)}` });
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, statuses: { ...ALL_OK, clocks: 'warn' } });
  });

  it('tells a spool folder on a disk that is read-only', async () => {
    const folder = makeFolder();
    const spool = join(folder, 'spool');
    mkdirSync(spool);
    mountSmallDisk(spool, 'ro');
    const report = await runDoctor(['--spool', spool], { environment: environmentOf(), folder });
    expect(report).toMatchObject({ exitCode: 1, statuses: { ...ALL_OK, 'spool folder': 'fail' } });
    expect(report.failures).toBe(
      `spool folder: the spool folder ${spool} cannot be written (EROFS) → Make it writable for the user of the service ` +
        '(and run doctor as that user), or choose another folder.',
    );
  });

  it('gives up on a server that does not answer, after the time given', async () => {
    influx.suspend();
    onTestFinished(() => {
      influx.resume();
    });
    const report = await runDoctor(['--timeout', '0.2'], { environment: environmentOf(), folder: makeFolder() });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toBe(
      `HTTP or TLS: no answer of ${influx.url} in time → Check what listens there, and its load.`,
    );
  });

  it('ends with 130 on an interrupt, and says so', async () => {
    influx.suspend();
    onTestFinished(() => {
      influx.resume();
    });
    const controller = new AbortController();
    const environment = environmentOf();
    const onOutput = (text: string): void => {
      if (text.includes('connection')) controller.abort();
    };
    const place = { environment, folder: makeFolder(), signal: controller.signal, onOutput };
    const run = await runCaptured(['doctor'], place);
    expect(run).toMatchObject({ exitCode: 130, errorOutput: 'interrupted\n' });
    expect(run.output).not.toContain('all is well');
  });
});

describe('doctor with TLS', () => {
  let tls: TlsInflux1;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'influx-monitoring-tls-'));
    tls = await startTlsInflux1(folder);
    await tls.query('CREATE DATABASE luna');
  });

  afterAll(async () => {
    await tls.stop();
    rmSync(folder, { recursive: true });
  });

  const environmentFor = (scheme: string, port: number): Record<string, string> => ({
    INFLUX_URL: `${scheme}://localhost:${String(port)}`,
    INFLUX_DATABASE: 'luna',
  });

  it('finds nothing wrong where the certificate is trusted', async () => {
    const environment = { ...environmentFor('https', tls.port), NODE_EXTRA_CA_CERTS: tls.certificate };
    const report = readReport(await spawnCommand(['doctor', '--json'], { environment, folder }).done);
    expect(report).toMatchObject({ exitCode: 0, ok: true, statuses: ALL_OK });
    expect(report.steps.find(({ step }) => step === 'HTTP or TLS')?.message).toContain('TLS, certificate trusted');
  });

  it('tells a certificate that nobody trusts', async () => {
    const report = await runDoctor([], { environment: environmentFor('https', tls.port), folder });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toBe(
      `HTTP or TLS: the certificate of https://localhost:${String(tls.port)} is not trusted ` +
        '(DEPTH_ZERO_SELF_SIGNED_CERT) → Name the file of its authority in INFLUX_TLS_CA, or in NODE_EXTRA_CA_CERTS, for doctor and for ' +
        'the service.',
    );
  });

  it('tells plain HTTP on a port of TLS', async () => {
    const report = await runDoctor([], { environment: environmentFor('http', tls.port), folder });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toBe(
      `HTTP or TLS: http://localhost:${String(tls.port)} speaks TLS, and plain HTTP is configured (HTTP 400) → ` +
        'Set INFLUX_SSL=true, or https:// in INFLUX_URL (now: INFLUX_URL in the environment).',
    );
  });

  it('tells TLS on a port of plain HTTP', async () => {
    const report = await runDoctor([], { environment: environmentFor('https', influx.port), folder });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toBe(
      `HTTP or TLS: https://localhost:${String(influx.port)} speaks plain HTTP, and TLS is configured → ` +
        'Set INFLUX_SSL=false, or http:// in INFLUX_URL (now: INFLUX_URL in the environment).',
    );
  });
});
