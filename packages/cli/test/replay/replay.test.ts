import { EventEmitter, once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  startInflux1,
  startStrictInflux,
  type Influx1Server,
  type StrictInflux,
} from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Tally } from '../../src/replay/tally.ts';
import { runCaptured, type CapturedRun, type RunPlace } from '../support/captured-terminal.ts';
import { startSpooling } from '../support/left-spool.ts';
import { startProxy } from '../support/proxy.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { spawnCommand } from '../support/spawned-command.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const linesFrom = (start: number, end: number): string =>
  Array.from({ length: end - start }, (_, index) => `m,t=a f=1 ${String(start + index)}\n`).join('');

/** A proxy that never answers one of the requests to write, and tells when that came. */
async function startHangingProxy(port: number, which: number, onHang: () => void): Promise<{ readonly url: string }> {
  let count = 0;
  const proxy = await startProxy(port, {
    answer: () => {
      count += 1;
      if (count === which) onHang();
      return count === which;
    },
  });
  onTestFinished(() => proxy.stop());
  return { url: `http://127.0.0.1:${String(proxy.port)}` };
}

describe('replay into InfluxDB 1.6', () => {
  let influx: Influx1Server;
  let databaseCount = 0;
  let database: string;

  beforeAll(async () => {
    influx = await startInflux1();
  });

  afterAll(() => influx.stop());

  beforeEach(async () => {
    databaseCount += 1;
    database = `luna${String(databaseCount)}`;
    await influx.createDatabase(database);
  });

  function replay(paths: readonly string[], place: Partial<RunPlace> = {}): Promise<CapturedRun> {
    const environment = { INFLUX_URL: influx.url, INFLUX_DATABASE: database };
    return runCaptured(['replay', ...paths], { environment, folder: makeFolder(), ...place });
  }

  it('sends the spool of a service that has ended; a repeat changes nothing', async () => {
    const spool = join(makeFolder(), 'spool');
    const service = await startSpooling(spool, 12_345);
    await service.stop();
    const first = await replay([spool]);
    expect(first).toMatchObject({ exitCode: 0, output: '12345 lines read, 12345 written, 0 refused\n' });
    const rows = await influx.query(database, 'SELECT * FROM requests');
    expect(rows).toHaveLength(12_345);
    expect(rows[0]).toMatchObject({ service: 'shop', route: 'GET:/version', request_id: 'id-0', execution_time: 0.5 });
    expect(await replay([spool])).toMatchObject({ exitCode: 0, output: first.output });
    expect(await influx.query(database, 'SELECT * FROM requests')).toEqual(rows);
    // Beside it stands what was sent, for doctor.
    expect(readdirSync(join(spool, '..'))).toEqual(['spool', 'spool.replay-cursor']);
  });

  it('ends with the command that computes the downsampled values of the time that it filled', async () => {
    const path = join(makeFolder(), 'a.lp');
    writeFileSync(path, 'm,t=a f=1 300000000000\nm,t=a f=1 1000000000000\n');
    expect((await replay([path])).errorOutput).not.toContain('backfill');
    await influx.query('', `CREATE RETENTION POLICY influx_monitoring_5m ON ${database} DURATION INF REPLICATION 1`);
    expect((await replay([path])).errorOutput).toMatch(
      /`npx @influx-monitoring\/cli backfill --from 1970-01-01T00:05:00Z --to 1970-01-01T00:20:00Z`\n$/,
    );
  });

  it('takes an export of influx_inspect, whose statement is passed over', async () => {
    const path = join(makeFolder(), 'export.lp');
    writeFileSync(
      path,
      [
        '# INFLUXDB EXPORT: 1677-09-21T00:12:43Z - 2262-04-11T23:47:16Z',
        '# DDL',
        'CREATE DATABASE luna WITH NAME autogen',
        '# DML',
        '# CONTEXT-DATABASE:luna',
        '# CONTEXT-RETENTION-POLICY:autogen',
        '# writing tsm data',
        'm,t=a f=1 1',
        '',
      ].join('\n'),
    );
    expect(await replay([path])).toMatchObject({ exitCode: 0, output: '1 lines read, 1 written, 0 refused\n' });
  });

  it('takes one queue of a spool, and one segment of it', async () => {
    const spool = join(makeFolder(), 'spool');
    const service = await startSpooling(spool, 10);
    await service.stop();
    const [queue = ''] = readdirSync(spool).map((name) => join(spool, name));
    expect(await replay([queue])).toMatchObject({ exitCode: 0, output: '10 lines read, 10 written, 0 refused\n' });
    const [segment = ''] = readdirSync(queue).filter((name) => name.endsWith('.segment'));
    const run = await replay([join(queue, segment)]);
    expect(run).toMatchObject({ exitCode: 0, output: '10 lines read, 10 written, 0 refused\n' });
    expect(await influx.count(database, 'requests')).toBe(10);
  });

  it('refuses a spool that a living process sends by itself', async () => {
    const spool = join(makeFolder(), 'spool');
    const service = await startSpooling(spool, 10);
    onTestFinished(() => service.stop());
    const run = await replay([spool]);
    expect(run).toMatchObject({ exitCode: 1, output: '' });
    expect(run.errorOutput).toContain(
      `is in use by process ${String(process.pid)}, which sends its points by itself: stop it first`,
    );
    expect(await influx.count(database, 'requests')).toBe(0);
  });

  it('passes over what is broken in a segment, and says so', async () => {
    const spool = join(makeFolder(), 'spool');
    const service = await startSpooling(spool, 10);
    await service.stop();
    const [queue = ''] = readdirSync(spool).map((name) => join(spool, name));
    const [segment = ''] = readdirSync(queue).map((name) => join(queue, name));
    const frames = readFileSync(segment).subarray(8);
    const damaged = Buffer.from(frames);
    damaged[30] = (damaged[30] ?? 0) ^ 1;
    writeFileSync(segment, Buffer.concat([readFileSync(segment).subarray(0, 8), damaged, frames]));
    const run = await replay([spool]);
    expect(run).toMatchObject({ exitCode: 0, output: '10 lines read, 10 written, 0 refused\n' });
    expect(run.errorOutput).toContain(`${segment}: some of it is broken, and passed over\n`);
  });

  it('sends line protocol, plain and compressed, without comments, empty lines and carriage returns', async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'a.lp'), '# a comment\n\nm,t=a f=1 1\r\nm,t=a s="# no, comment" 2');
    writeFileSync(join(folder, 'b.lp.gz'), gzipSync('m,t=a f=3 3\n'));
    writeFileSync(join(folder, 'c.gz'), gzipSync('m,t=a f=4 4\n'));
    writeFileSync(join(folder, 'notes.txt'), 'not looked at');
    const run = await replay([folder]);
    expect(run).toMatchObject({ exitCode: 0, output: '4 lines read, 4 written, 0 refused\n' });
    expect(run.errorOutput.split('\n')).toEqual([
      `goes to database "${database}" at ${influx.url}`,
      `${join(folder, 'a.lp')}: 2 lines`,
      `${join(folder, 'b.lp.gz')}: 1 lines`,
      `${join(folder, 'c.gz')}: 1 lines`,
      '',
    ]);
    const rows = await influx.query(database, 'SELECT * FROM m');
    expect(rows.map(({ time, f, s }) => [time, f ?? s])).toEqual([
      ['1', 1],
      ['2', '# no, comment'],
      ['3', 3],
      ['4', 4],
    ]);
  });

  it('counts what the database refuses and what has no time stamp, with the reasons', async () => {
    const path = join(makeFolder(), 'dead.lp');
    writeFileSync(path, 'm f=1 1\nm f="text" 2\nm f=3\nm f=oops 4\nm f=5 5\n');
    const run = await replay([path]);
    expect(run.exitCode).toBe(1);
    const [summary, ...reasons] = run.output.trimEnd().split('\n');
    expect(summary).toBe('5 lines read, 2 written, 3 refused');
    expect(reasons).toContain('  1: no time stamp: a repeat would store it again');
    expect(run.output).not.toContain('oops');
    expect(await influx.count(database, 'm')).toBe(2);
  });

  it('sends nothing with --dry-run, and leaves no cursor', async () => {
    const folder = makeFolder();
    const path = join(folder, 'a.lp');
    writeFileSync(path, 'm f=1 1\nm f=2\n');
    const run = await replay([path, '--dry-run']);
    expect(run).toEqual({
      exitCode: 1,
      output: '2 lines read, 1 would be sent, 1 refused\n  1: no time stamp: a repeat would store it again\n',
      errorOutput: `would go to database "${database}" at ${influx.url}\n${path}: 2 lines\n`,
    });
    expect(readdirSync(folder)).toEqual(['a.lp']);
    expect(await influx.count(database, 'm')).toBe(0);
  });

  it('stops where the database is missing, and says what tells more', async () => {
    const path = join(makeFolder(), 'a.lp');
    writeFileSync(path, 'm f=1 1\n');
    const environment = { INFLUX_URL: influx.url, INFLUX_DATABASE: 'moon' };
    const run = await replay([path], { environment });
    expect(run).toMatchObject({ exitCode: 1, output: '1 lines read, 0 written, 0 refused\n' });
    expect(run.errorOutput).toContain(
      'the database does not take it: HTTP 404: database not found: "moon"; `npx @influx-monitoring/cli doctor` says why; ' +
        'the same command goes on from here\n',
    );
  });
});

describe('replay', () => {
  let influx: StrictInflux;

  beforeEach(async () => {
    influx = await startStrictInflux();
    onTestFinished(() => influx.stop());
  });

  const environmentOf = (): Record<string, string> => ({
    INFLUX_URL: influx.url,
    INFLUX_TOKEN: 'token',
    INFLUX_ORG: 'luna',
    INFLUX_BUCKET: 'luna_monitoring',
  });

  function replay(paths: readonly string[], place: Partial<RunPlace> = {}): Promise<CapturedRun> {
    return runCaptured(['replay', ...paths], { environment: environmentOf(), folder: makeFolder(), ...place });
  }

  function writeLines(text: string, name = 'a.lp'): string {
    const path = join(makeFolder(), name);
    writeFileSync(path, text);
    return path;
  }

  it('goes on after an interrupt where it was, and then takes its cursor away', async () => {
    const path = writeLines(linesFrom(0, 12_000));
    const controller = new AbortController();
    const proxy = await startHangingProxy(influx.port, 3, () => {
      controller.abort();
    });
    const environment = { ...environmentOf(), INFLUX_URL: proxy.url };
    const first = replay([path], { environment, signal: controller.signal });
    expect(await first).toEqual({
      exitCode: 130,
      output: '12000 lines read, 10000 written, 0 refused\n',
      errorOutput:
        `goes to bucket "luna_monitoring" at ${proxy.url}\n` + 'interrupted; the same command goes on from here\n',
    });
    expect(readdirSync(join(path, '..'))).toEqual(['a.lp', 'a.lp.replay-cursor']);
    const second = await replay([path], { environment });
    expect(second).toMatchObject({ exitCode: 0, output: '2000 lines read, 2000 written, 0 refused\n' });
    expect(second.errorOutput).toContain(`goes on where ${path}.replay-cursor says\n`);
    expect(influx.store.points('m')).toHaveLength(12_000);
    expect(influx.store.repeatedCount).toBe(0);
    expect(readdirSync(join(path, '..'))).toEqual(['a.lp']);
  });

  it('goes on within a folder, at the file and the line', async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'a.lp'), linesFrom(0, 10));
    writeFileSync(join(folder, 'b.lp.gz'), gzipSync(linesFrom(10, 5020)));
    influx.faults.push({ kind: 'slow', delayMs: 0 }, { kind: 'slow', delayMs: 0 });
    influx.faults.set({ kind: 'answer', status: 503 });
    const first = await replay([`${folder}/`, '--retries', '0']);
    expect(first).toMatchObject({ exitCode: 1, output: '5020 lines read, 5010 written, 0 refused\n' });
    influx.faults.clear();
    expect(await replay([folder])).toMatchObject({ exitCode: 0, output: '10 lines read, 10 written, 0 refused\n' });
    expect(influx.store.points('m')).toHaveLength(5020);
    expect(existsSync(`${folder}.replay-cursor`)).toBe(false);
  });

  it('begins a file anew that has changed, and all of them for another database', async () => {
    const path = writeLines(linesFrom(0, 10));
    const cursor = `${path}.replay-cursor`;
    const target = `bucket "luna_monitoring" at ${influx.url}`;
    const entry = { byteCount: 1, changedAtMs: 1, lines: 5 };
    writeFileSync(cursor, JSON.stringify({ target, files: { 'a.lp': entry } }));
    expect((await replay([path])).output).toBe('10 lines read, 10 written, 0 refused\n');
    writeFileSync(cursor, JSON.stringify({ target: 'another', files: { 'a.lp': entry } }));
    const run = await replay([path]);
    expect(run.output).toBe('10 lines read, 10 written, 0 refused\n');
    expect(run.errorOutput).not.toContain('goes on');
    for (const text of ['', 'null', '{"files":7}', JSON.stringify({ target, files: { 'a.lp': null } })]) {
      writeFileSync(cursor, text);
      expect((await replay([path])).output).toBe('10 lines read, 10 written, 0 refused\n');
    }
  });

  it('says where it cannot keep its cursor, and goes on', async () => {
    const disk = join(makeFolder(), 'disk');
    mkdirSync(disk);
    mountSmallDisk(disk, 'rw');
    const path = join(disk, 'a.lp.gz');
    writeFileSync(path, gzipSync(linesFrom(0, 6000)));
    writeFileSync(join(disk, 'filler'), Buffer.alloc(64 * 1024 - 4096 * 6));
    const fill = join(disk, 'rest');
    let isFull = false;
    for (let count = 0; !isFull && count < 64; count += 1) {
      try {
        writeFileSync(fill, Buffer.alloc(4096), { flag: 'a' });
      } catch {
        isFull = true;
      }
    }
    const run = await replay([path]);
    expect(run).toMatchObject({ exitCode: 0, output: '6000 lines read, 6000 written, 0 refused\n' });
    expect(run.errorOutput).toContain(
      `${path}.replay-cursor cannot be written (ENOSPC): a next run would begin anew\n`,
    );
  });

  it('waits and tries again while the database is away, and says so', async () => {
    influx.faults.push({ kind: 'answer', status: 503, body: JSON.stringify({ message: '\u001b[2Jbusy' }) });
    const run = await replay([writeLines(linesFrom(0, 3))]);
    expect(run).toMatchObject({ exitCode: 0, output: '3 lines read, 3 written, 0 refused\n' });
    expect(run.errorOutput).toContain('HTTP 503: \\x1b[2Jbusy; again in 0.5 s\n');
  });

  it('gives up after the retries that were asked for', async () => {
    influx.faults.set({ kind: 'answer', status: 503 });
    const run = await replay([writeLines(linesFrom(0, 3)), '--retries', '1']);
    expect(run).toMatchObject({ exitCode: 1, output: '3 lines read, 0 written, 0 refused\n' });
    expect(run.errorOutput).toContain('the database is not there, after 2 attempts: HTTP 503');
    expect(influx.requests).toHaveLength(2);
  });

  it('counts a request that gets no answer as one that failed', async () => {
    influx.faults.set({ kind: 'hang' });
    const run = await replay([writeLines(linesFrom(0, 3)), '--retries', '0', '--timeout', '0.2']);
    expect(run.exitCode).toBe(1);
    expect(run.errorOutput).toContain('the database is not there, after 1 attempts: no answer in time');
  });

  it('shows no token where it is refused', async () => {
    const environment = { ...environmentOf(), INFLUX_TOKEN: 'a-very-secret-token' };
    const run = await replay([writeLines(linesFrom(0, 3))], { environment });
    expect(run.exitCode).toBe(1);
    expect(run.errorOutput).toContain('the database does not take it: HTTP 401: unauthorized access');
    expect(run.errorOutput).not.toContain('a-very-secret-token');
  });

  it('sends a batch in halves that is too large, down to a line that is', async () => {
    const small = await startStrictInflux({ maxBodyBytes: 40 });
    onTestFinished(() => small.stop());
    const environment = { ...environmentOf(), INFLUX_URL: small.url };
    const path = writeLines(`${linesFrom(0, 7)}m s="${'x'.repeat(50)}" 7\n`);
    const run = await replay([path], { environment });
    expect(run.exitCode).toBe(1);
    expect(run.output).toMatch(/^8 lines read, 7 written, 1 refused\n {2}1: HTTP 413/);
    expect(small.store.points('m')).toHaveLength(7);
  });

  it('finds the lines to blame where 2.7 refuses a whole batch', async () => {
    const run = await replay([writeLines('m f=1 1\nm f=oops 2\nm f=3 3\nm f=x 4\n')]);
    expect(run.exitCode).toBe(1);
    expect(run.output).toMatch(/^4 lines read, 2 written, 2 refused\n/);
    expect(influx.store.points('m').map(({ timestamp }) => timestamp)).toEqual([1n, 3n]);
  });

  it('halves a batch that is refused without a word about lines', async () => {
    const [one, ...others] = ['m f=1 1', 'm f=2 2', 'm f=3 3'];
    influx.faults.push({ kind: 'answer', status: 400, body: '{"message":"something is wrong"}' });
    influx.faults.push({ kind: 'answer', status: 400, body: '{"message":"something is wrong"}' });
    influx.faults.push({ kind: 'answer', status: 400, body: '{"message":"something is wrong"}' });
    const run = await replay([writeLines([one, ...others].join('\n'))]);
    expect(run.output).toBe('3 lines read, 2 written, 1 refused\n  1: HTTP 400: something is wrong\n');
  });

  it('tells twenty reasons apart, and no more', async () => {
    for (let index = 0; index < 25; index += 1) {
      influx.faults.push({ kind: 'answer', status: 400, body: JSON.stringify({ message: `reason ${String(index)}` }) });
    }
    const folder = makeFolder();
    for (let index = 0; index < 25; index += 1) {
      writeFileSync(join(folder, `${String(index).padStart(2, '0')}.lp`), `m f=1 ${String(index)}`);
    }
    const run = await replay([folder]);
    const [summary, ...reasons] = run.output.trimEnd().split('\n');
    expect(summary).toBe('25 lines read, 0 written, 25 refused');
    expect(reasons).toHaveLength(21);
    expect(reasons.at(-1)).toBe('  5: other reasons');
  });

  it('draws a bar where a person looks on, and takes it away at the end', async () => {
    influx.faults.push({ kind: 'answer', status: 503 });
    const path = writeLines(linesFrom(0, 30));
    const run = await replay([path], { isTTY: true, environment: { ...environmentOf(), NO_COLOR: '1' } });
    expect(run.exitCode).toBe(0);
    expect(run.errorOutput).toContain('░');
    expect(run.errorOutput).toContain('% | 0 lines | ');
    expect(run.errorOutput).toContain('\r\u001b[KHTTP 503; again in 0.5 s\n');
    expect(run.errorOutput.lastIndexOf('\u001b[?25h')).toBeGreaterThan(run.errorOutput.lastIndexOf('\u001b[?25l'));
    expect(run.output).toBe('30 lines read, 30 written, 0 refused\n');
  });

  it('ends with 130 at Ctrl-C, and without a trace of its stack', async () => {
    const folder = makeFolder();
    const path = writeLines(linesFrom(0, 3));
    const events = new EventEmitter();
    const arrived = once(events, 'request');
    const proxy = await startHangingProxy(influx.port, 1, () => {
      events.emit('request');
    });
    const environment = { ...environmentOf(), INFLUX_URL: proxy.url };
    const command = spawnCommand(['replay', path], { environment, folder });
    await arrived;
    command.kill('SIGINT');
    expect(await command.done).toEqual({
      exitCode: 130,
      output: '3 lines read, 0 written, 0 refused\n',
      errorOutput:
        `goes to bucket "luna_monitoring" at ${proxy.url}\n` + 'interrupted; the same command goes on from here\n',
    });
  });

  it.each([
    ['nothing', () => join(makeFolder(), 'none'), 'cannot be read (ENOENT)'],
    [
      'a folder of other things',
      () => dirname(writeLines('', 'a.csv')),
      'expected a spool folder or files .lp or .gz, got neither',
    ],
    ['a file of another kind', () => writeLines('', 'a.csv'), 'expected a folder, or a file .lp, .gz or .segment'],
    [
      'a file that is no gzip',
      () => writeLines('m f=1 1', 'a.gz'),
      'cannot be read to its end: incorrect header check',
    ],
    ['a line without an end', () => writeLines('x'.repeat(17 * 1024 * 1024)), 'a line of more than 16 MiB'],
  ])('says what is wrong with %s', async (_what, makePath, message) => {
    const path = makePath();
    const run = await replay([path]);
    expect(run.exitCode).toBe(1);
    expect(run.errorOutput).toContain(basename(path));
    expect(run.errorOutput).toContain(message);
  });

  it('says that an empty spool is empty, and names the folder of its dead letters', async () => {
    const spool = makeFolder();
    expect(await replay([spool])).toMatchObject({ exitCode: 0, output: '0 lines read, 0 written, 0 refused\n' });
    const deadLetters = join(spool, 'dead-letters');
    mkdirSync(deadLetters);
    writeFileSync(join(deadLetters, '1.lp'), '# no\nm f=1 1\n');
    const run = await replay([spool]);
    expect(run).toMatchObject({ exitCode: 0, output: '0 lines read, 0 written, 0 refused\n' });
    expect(run.errorOutput).toContain(
      `${spool}: nothing waits in this spool; its dead letters are in ${deadLetters}: give that folder to send them\n`,
    );
    expect(await replay([deadLetters])).toMatchObject({ exitCode: 0, output: '1 lines read, 1 written, 0 refused\n' });
  });

  it('counts reasons by kind, without times and values', () => {
    const sentences = [
      'partial write: point time 2026-11-01T00:00:00Z is beyond retention dropped=1',
      'partial write: point time 2026-11-02T10:00:00.5Z is beyond retention dropped=2',
      "unable to parse 'm f=a 1': invalid number",
      "unable to parse 'm f=b 2': invalid number",
      'value 17 is too large',
      'value 18 is too large',
    ];
    const tally = new Tally();
    for (const sentence of sentences) tally.refuse(1, `HTTP 422: ${sentence}`);
    expect([...tally.refused]).toEqual([
      ['HTTP 422: partial write: point time … is beyond retention dropped=…', 2],
      ['HTTP 422: unable to parse …: invalid number', 2],
      ['HTTP 422: value … is too large', 2],
    ]);
  });

  it('asks for a database where none is configured, unless it only counts', async () => {
    const path = writeLines(linesFrom(0, 3));
    const run = await replay([path], { environment: {} });
    expect(run).toEqual({
      exitCode: 1,
      output: '',
      errorOutput: 'no InfluxDB is configured: set INFLUX_URL and credentials, as for the service\n',
    });
    const dry = await replay([path, '--dry-run'], { environment: {} });
    expect(dry).toMatchObject({ exitCode: 0, output: '3 lines read, 3 would be sent, 0 refused\n' });
    expect(dry.errorOutput).toContain('would go to nowhere, since no InfluxDB is configured\n');
  });

  it('says what is wrong with the configuration', async () => {
    const run = await replay([writeLines('')], { environment: { INFLUX_PORT: 'x' } });
    expect(run).toMatchObject({ exitCode: 1, output: '' });
    expect(run.errorOutput).toContain('INFLUX_PORT in the environment: expected a whole number');
  });

  it.each([
    ['--retries', '-1'],
    ['--retries', 'x'],
    ['--retries', '1001'],
    ['--timeout', '0'],
  ])('is called wrong with %s %s', async (name, value) => {
    const run = await replay(['a.lp', `${name}=${value}`]);
    expect(run).toMatchObject({ exitCode: 2, output: '' });
  });
});
