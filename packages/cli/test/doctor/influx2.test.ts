import { startStrictInflux, type StrictInflux, type StrictInfluxOptions } from '@influx-monitoring/test-servers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runDoctor } from '../support/doctor-run.ts';
import { startProxy } from '../support/proxy.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const ALL_OK = {
  configuration: 'ok',
  resolve: 'ok',
  connect: 'ok',
  protocol: 'ok',
  authenticate: 'ok',
  place: 'ok',
  write: 'ok',
  read: 'ok',
  clock: 'ok',
};
const SERIES = 'influx_monitoring_doctor';

/** What the strict server, which is there to be written to, leaves out. */
interface Readable {
  readonly influx: StrictInflux;
  readonly environment: Record<string, string>;
  /** Questions that came, with their bodies. */
  readonly questions: { readonly path: string; readonly body: string }[];
}

interface ReadableOptions extends StrictInfluxOptions {
  /** The status of questions for points; 200 gives them. */
  readonly readStatus?: number;
  /** The answer to the list of buckets or databases, instead of the server's own. */
  readonly list?: { readonly status: number; readonly body: unknown };
}

/** The strict server of 2.7 or 3, with a proxy before it that answers questions for points from its store. */
async function startReadable(options: ReadableOptions = {}): Promise<Readable> {
  const { readStatus = 200, list, ...strictOptions } = options;
  const influx = await startStrictInflux(strictOptions);
  const questions: Readable['questions'] = [];
  const idOf = (): string => {
    const [value] = influx.store.points(SERIES).map(({ fields }) => fields.get('id')?.value);
    return typeof value === 'string' ? value : 'nothing';
  };
  const proxy = await startProxy(influx.port, {
    answer: ({ pathname }, body, response) => {
      if (list !== undefined && /buckets|configure/.test(pathname)) {
        response.writeHead(list.status).end(JSON.stringify(list.body));
        return true;
      }
      if (pathname !== '/api/v2/query' && pathname !== '/query') return false;
      questions.push({ path: pathname, body });
      const inFlux = `,result,table,_value\r\n,_result,0,${idOf()}\r\n`;
      const inInfluxql = JSON.stringify({ results: [{ series: [{ values: [['1', idOf()]] }] }] });
      const good = pathname === '/query' ? inInfluxql : inFlux;
      response.writeHead(readStatus).end(readStatus === 200 ? good : '{"message":"unauthorized"}');
      return true;
    },
  });
  onTestFinished(async () => {
    await proxy.stop();
    await influx.stop();
  });
  const environment = {
    INFLUX_URL: `http://127.0.0.1:${String(proxy.port)}`,
    INFLUX_TOKEN: 'token',
    INFLUX_ORG: 'luna',
    INFLUX_BUCKET: 'luna_monitoring',
  };
  return { influx, environment, questions };
}

describe('doctor with InfluxDB 2.7', () => {
  it('finds nothing wrong with a right configuration', async () => {
    const { influx, environment, questions } = await startReadable();
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, ok: true, failures: '', statuses: ALL_OK });
    const [point] = influx.store.points(SERIES);
    const stamp = point?.timestamp ?? 0n;
    expect(questions).toEqual([
      {
        path: '/api/v2/query',
        body:
          `from(bucket: "luna_monitoring") |> range(start: time(v: ${String(stamp)}), ` +
          `stop: time(v: ${String(stamp + 1n)})) |> filter(fn: (r) => r._measurement == "${SERIES}" and r._field == "id")`,
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
      'authenticate: token: refused (HTTP 401: unauthorized access) → Check the token (INFLUX_TOKEN in the environment).',
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
      /^place: bucket "moon" is not there → Make it with `influx-monitoring setup`, or check the name \(INFLUX_BUCKET/,
    );
  });

  it('tells a bucket that is not there to a token that sees none, by the write', async () => {
    const { environment } = await startReadable({ list: { status: 200, body: { buckets: [] } } });
    const wrong = { ...environment, INFLUX_BUCKET: 'moon' };
    const report = await runDoctor([], { environment: wrong, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 1, statuses: { place: 'warn', write: 'fail', read: 'skip' } });
    expect(report.failures).toBe(
      'write: a write is refused (HTTP 404: bucket "moon" not found) → bucket "moon" is not there: make it with ' +
        '`influx-monitoring setup`.',
    );
    const unwritten = await runDoctor(['--no-write'], { environment: wrong, folder: makeFolder() });
    expect(unwritten).toMatchObject({ exitCode: 1, statuses: { place: 'fail' } });
  });

  it('takes a token that may only write for enough', async () => {
    const { environment } = await startReadable({ readStatus: 403, list: { status: 200, body: { buckets: [] } } });
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, ok: true, statuses: { ...ALL_OK, place: 'warn', read: 'warn' } });
  });

  it.each([
    [{ status: 404, body: { message: 'organization name "luna" not found' } }, 'authenticate', 'no such organization'],
    [{ status: 404, body: { message: 'bucket "luna_monitoring" not found' } }, 'place', 'is not there'],
  ])('understands the answer %j', async (list, step, words) => {
    const { environment } = await startReadable({ list });
    const report = await runDoctor(['--no-write'], { environment, folder: makeFolder() });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toMatch(new RegExp(`^${step}: .*${words}`));
  });

  it('goes on to the write where the server does not list buckets', async () => {
    const { environment } = await startReadable({ list: { status: 500, body: '<b>oh\u001b[2J no</b>' } });
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, statuses: { ...ALL_OK, authenticate: 'warn', place: 'warn' } });
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
    expect(report).toMatchObject({ exitCode: 1, statuses: { place: 'ok', write: 'fail', read: 'skip', clock: 'ok' } });
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
    expect(report).toMatchObject({ exitCode: 1, statuses: { write: 'ok', read: 'fail' } });
    expect(report.failures).toMatch(/^read: the point was taken and is not there → Check the retention/);
  });

  it('warns of another version than the one that is configured', async () => {
    const { environment } = await startReadable();
    const report = await runDoctor(['--no-write'], {
      environment: { ...environment, INFLUX_VERSION: '3' },
      folder: makeFolder(),
    });
    expect(report.statuses.protocol).toBe('warn');
    expect(report.steps.find(({ step }) => step === 'protocol')?.message).toMatch(
      /is InfluxDB v2\.7\.11, and version 3 is configured$/,
    );
  });
});

describe('doctor with InfluxDB 3', () => {
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
    expect(report).toMatchObject({ exitCode: 0, statuses: { place: 'ok' } });
  });

  it('tells a wrong token', async () => {
    const { environment } = await startReadable({ flavour: '3', list: { status: 401, body: { error: 'no' } } });
    const own = { ...environment, INFLUX_VERSION: '3' };
    const report = await runDoctor([], { environment: own, folder: makeFolder() });
    expect(report.exitCode).toBe(1);
    expect(report.failures).toContain('authenticate: token: refused (HTTP 401: no)');
  });

  it('goes on to the write with a token that may not list databases', async () => {
    const { environment } = await startReadable({ flavour: '3', readStatus: 403, list: { status: 403, body: {} } });
    const own = { ...environment, INFLUX_VERSION: '3' };
    const report = await runDoctor([], { environment: own, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 0, statuses: { authenticate: 'warn', write: 'ok', read: 'warn' } });
  });
});
