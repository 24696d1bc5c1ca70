import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readReport, runDoctor } from '../support/doctor-run.ts';
import { startJsonServer } from '../support/json-server.ts';
import { startReadable } from '../support/readable-influx.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { spawnCommand } from '../support/spawned-command.ts';
import { makeFolder } from '../support/temporary-folder.ts';

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
describe('doctor with InfluxDB 2.7', () => {
  it('finds nothing wrong with a right configuration', async () => {
    const { influx, environment, questions } = await startReadable();
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, ok: true, failures: '', statuses: ALL_OK });
    const [point] = influx.store.points('influx_monitoring_doctor');
    const stamp = point?.timestamp ?? 0n;
    expect(questions).toEqual([
      {
        path: '/api/v2/query',
        body:
          `from(bucket: "luna_monitoring") |> range(start: time(v: ${String(stamp)}), ` +
          `stop: time(v: ${String(stamp + 1n)})) |> filter(fn: (r) => r._measurement == "influx_monitoring_doctor" and r._field == "id")`,
      },
    ]);
  });

  it('shows no token, wherever it fails', async () => {
    const { environment } = await startReadable();
    const wrong = { ...environment, INFLUX_TOKEN: 'a-very-secret-token' };
    const report = await runDoctor([], { environment: wrong, folder: makeFolder() });
    expect(report.output).not.toContain('a-very-secret-token');
    expect(report.exitCode).toBe(1);
    expect(report.failures).toBe(
      'credentials: token: refused (HTTP 401: unauthorized access) → Check the token (INFLUX_TOKEN in the environment).',
    );
  });

  it('tells a bucket that is not there among others', async () => {
    const { environment } = await startReadable();
    const report = await runDoctor([], {
      environment: { ...environment, INFLUX_BUCKET: 'moon' },
      folder: makeFolder(),
    });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toMatch(
      /^database: bucket "moon" is not there → Make it with `npx @influx-monitoring\/cli setup`, or check the name \(INFLUX_BUCKET/,
    );
  });

  it('tells a bucket that is not there to a token that sees none, by the write', async () => {
    const { environment } = await startReadable({ list: { status: 200, body: { buckets: [] } } });
    const wrong = { ...environment, INFLUX_BUCKET: 'moon' };
    const report = await runDoctor([], { environment: wrong, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 1, statuses: { database: 'warn', write: 'fail', 'read back': 'skip' } });
    expect(report.failures).toBe(
      'write: a write is refused (HTTP 404: bucket "moon" not found) → bucket "moon" is not there: make it with ' +
        '`npx @influx-monitoring/cli setup`.',
    );
    const unwritten = await runDoctor(['--no-write'], { environment: wrong, folder: makeFolder() });
    expect(unwritten).toMatchObject({ exitCode: 0, statuses: { database: 'warn' } });
  });

  it('takes a token that may only write for enough', async () => {
    const { environment } = await startReadable({ readStatus: 403, list: { status: 200, body: { buckets: [] } } });
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report).toMatchObject({
      exitCode: 0,
      ok: true,
      statuses: { ...ALL_OK, database: 'warn', 'read back': 'warn' },
    });
  });

  it.each([
    [{ status: 404, body: { message: 'organization name "luna" not found' } }, 'credentials', 'no such organization'],
  ])('understands the answer %j', async (list, step, words) => {
    const { environment } = await startReadable({ list });
    const report = await runDoctor(['--no-write'], { environment, folder: makeFolder() });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toMatch(new RegExp(`^${step}: .*${words}`));
  });

  it('goes on to the write where the server does not list buckets', async () => {
    const { environment } = await startReadable({ list: { status: 500, body: '<b>oh\u001b[2J no</b>' } });
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, statuses: { ...ALL_OK, credentials: 'warn', database: 'warn' } });
    expect(report.output).not.toContain('\u001b');
  });

  it.each([
    [
      { kind: 'answer', status: 403, body: '{"message":"insufficient permissions"}' },
      'Give these credentials the right',
    ],
    [{ kind: 'answer', status: 503, body: '' }, "Look into the server's log; the service would keep its points"],
    [
      { kind: 'answer', status: 422, body: '{"message":"partial write: points beyond retention dropped=1"}' },
      'Check the retention',
    ],
  ] as const)('tells a write that fails: %j', async (fault, advice) => {
    const { influx, environment } = await startReadable();
    influx.faults.set(fault);
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report).toMatchObject({
      exitCode: 1,
      statuses: { database: 'ok', write: 'fail', 'read back': 'skip', clocks: 'ok' },
    });
    expect(report.failures).toContain(`write: a write is refused (HTTP ${String(fault.status)}`);
    expect(report.failures).toContain(advice);
  });

  it('tells a write that gets no answer', async () => {
    const { influx, environment } = await startReadable();
    influx.faults.set({ kind: 'hang' });
    const report = await runDoctor(['--timeout', '0.3'], { environment, folder: makeFolder() });
    expect(report.failures).toContain('no answer in time');
    expect(report).toMatchObject({ exitCode: 1, statuses: { write: 'fail' } });
  });

  it('tells a point that was taken and is not there', async () => {
    const { influx, environment } = await startReadable();
    influx.faults.set({ kind: 'answer', status: 204 });
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 1, statuses: { write: 'ok', 'read back': 'fail' } });
    expect(report.failures).toMatch(/^read back: the point was taken and is not there → Check the retention/);
  });

  it.each([
    [-90_000, 'fail', 1, /^clocks: this machine's clock is (89|90|91)\.\d s ahead of the server's → Set both by NTP/],
    [90_000, 'fail', 1, /^clocks: this machine's clock is (88|89|90)\.\d s behind the server's → Set both by NTP/],
    [-10_000, 'warn', 0, /^$/],
  ])('tells a clock that is off: %d ms is a %s', async (clockOffsetMs, status, exitCode, failure) => {
    const { environment } = await startReadable({ clockOffsetMs });
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode, statuses: { ...ALL_OK, clocks: status } });
    expect(report.failures).toMatch(failure);
  });

  it('tells TLS on a port of plain HTTP, and plain HTTP on a port of TLS', async () => {
    const plain = await startReadable();
    const toPlain = {
      ...plain.environment,
      INFLUX_URL: String(plain.environment['INFLUX_URL']).replace('http', 'https'),
    };
    const tlsReport = await runDoctor([], { environment: toPlain, folder: makeFolder() });
    expect(tlsReport).toMatchObject({
      exitCode: 1,
      statuses: { 'HTTP or TLS': 'fail', credentials: 'skip', clocks: 'skip' },
    });
    expect(tlsReport.failures).toMatch(
      /^HTTP or TLS: https:\S+ speaks plain HTTP, and TLS is configured → Set INFLUX_SSL=false/,
    );
    const tls = await startReadable({ tlsFolder: makeFolder() });
    const toTls = { ...tls.environment, INFLUX_URL: String(tls.environment['INFLUX_URL']).replace('https', 'http') };
    const plainReport = await runDoctor([], { environment: toTls, folder: makeFolder() });
    expect(plainReport).toMatchObject({ exitCode: 1, statuses: { 'HTTP or TLS': 'fail', credentials: 'skip' } });
    expect(plainReport.failures).toMatch(
      /^HTTP or TLS: http:\S+ speaks TLS, and plain HTTP is configured .*→ Set INFLUX_SSL=true/,
    );
  });

  it('tells a certificate that nobody trusts, and takes one that is', async () => {
    const folder = makeFolder();
    const { environment } = await startReadable({ tlsFolder: folder });
    const report = await runDoctor([], { environment, folder });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toMatch(
      /^HTTP or TLS: the certificate of https:\S+ is not trusted \(\w+\) → Name the file/,
    );
    const trusting = { ...environment, NODE_EXTRA_CA_CERTS: join(folder, 'certificate.pem') };
    const trusted = readReport(await spawnCommand(['doctor', '--json'], { environment: trusting, folder }).done);
    expect(trusted).toMatchObject({ exitCode: 0, ok: true, failures: '', statuses: ALL_OK });
  });

  it.each([
    [
      'on a disk that is read-only',
      'EROFS',
      (path: string): void => {
        mkdirSync(path);
        mountSmallDisk(path, 'ro');
      },
    ],
    [
      'where a file is',
      'EEXIST',
      (path: string): void => {
        writeFileSync(path, '');
      },
    ],
  ])('tells a spool folder %s', async (_place, code, make) => {
    const { environment } = await startReadable();
    const spool = join(makeFolder(), 'spool');
    make(spool);
    const report = await runDoctor(['--spool', spool], { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 1, statuses: { ...ALL_OK, 'spool folder': 'fail' } });
    expect(report.failures).toContain(
      `spool folder: the spool folder ${spool} cannot be written (${code}) → Make it writable`,
    );
  });

  it('warns of another version than the one that is configured', async () => {
    const { environment } = await startReadable();
    const report = await runDoctor(['--no-write'], {
      environment: { ...environment, INFLUX_VERSION: '3' },
      folder: makeFolder(),
    });
    expect(report.statuses['HTTP or TLS']).toBe('warn');
    expect(report.steps.find(({ step }) => step === 'HTTP or TLS')?.message).toMatch(
      /is InfluxDB v2\.7\.12, and version 3 is configured$/,
    );
  });
});

describe('doctor with InfluxDB 3', () => {
  it('takes it for a right one where version 2 is configured, and says what to set', async () => {
    const { environment, questions } = await startReadable({
      flavour: '3',
      list: { status: 200, body: [{ 'iox::database': 'luna_monitoring' }] },
    });
    const report = await runDoctor([], { environment: { ...environment, INFLUX_VERSION: '2' }, folder: makeFolder() });
    expect(report.steps.find(({ step }) => step === 'HTTP or TLS')?.message).toMatch(
      /is InfluxDB 3\.\S+.*, which takes the writes of 2\.x; set INFLUX_VERSION=3 \(plain HTTP\)$/,
    );
    expect(report.failures).toBe('');
    expect(questions.map(({ path }) => path)).toEqual(['/query']);
  });

  it('knows one that tells nothing without a right token', async () => {
    const url = await startJsonServer(() => ({ status: 401 }));
    const environment = { INFLUX_URL: url, INFLUX_TOKEN: 'wrong', INFLUX_ORG: 'luna', INFLUX_BUCKET: 'points' };
    const report = await runDoctor(['--no-write'], { environment, folder: makeFolder() });
    expect(report.steps.find(({ step }) => step === 'HTTP or TLS')?.message).toBe(
      `${url} asks for credentials at once, as InfluxDB 3 does (plain HTTP)`,
    );
    expect(report.failures).toContain('credentials: token: refused (HTTP 401');
  });

  it('warns of a token that goes over the network unencrypted', async () => {
    const { environment } = await startReadable();
    // The same machine by an address that is none of the loopback's.
    const url = (environment['INFLUX_URL'] ?? '').replace('127.0.0.1', '0.0.0.0');
    const report = await runDoctor(['--no-write'], {
      environment: { ...environment, INFLUX_URL: url },
      folder: makeFolder(),
    });
    expect(report.statuses['HTTP or TLS']).toBe('warn');
    expect(report.steps.find(({ step }) => step === 'HTTP or TLS')?.message).toMatch(
      /the token goes there unencrypted$/,
    );
  });

  it('finds nothing wrong with a right configuration, and reads in InfluxQL', async () => {
    const { environment, questions } = await startReadable({
      flavour: '3',
      list: { status: 200, body: [{ 'iox::database': 'luna_monitoring' }] },
    });
    const own = { ...environment, INFLUX_VERSION: '3', INFLUX_ORG: '' };
    const report = await runDoctor([], { environment: own, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, ok: true, failures: '', statuses: ALL_OK });
    expect(questions.map(({ path }) => path)).toEqual(['/query']);
    expect(report.configuration.map(({ name }) => name)).not.toContain('organization');
  });

  it('does not miss a database, which the first write makes', async () => {
    const { environment } = await startReadable({ flavour: '3', list: { status: 200, body: [] } });
    const own = { ...environment, INFLUX_VERSION: '3' };
    const report = await runDoctor(['--no-write'], { environment: own, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, statuses: { database: 'ok' } });
  });

  it('tells a wrong token', async () => {
    const { environment } = await startReadable({ flavour: '3', list: { status: 401, body: { error: 'no' } } });
    const own = { ...environment, INFLUX_VERSION: '3' };
    const report = await runDoctor([], { environment: own, folder: makeFolder() });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toContain('credentials: token: refused (HTTP 401: no)');
  });

  it('goes on to the write with a token that may not list databases', async () => {
    const { environment } = await startReadable({ flavour: '3', readStatus: 403, list: { status: 403, body: {} } });
    const own = { ...environment, INFLUX_VERSION: '3' };
    const report = await runDoctor([], { environment: own, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, statuses: { credentials: 'warn', write: 'ok', 'read back': 'warn' } });
  });
});
