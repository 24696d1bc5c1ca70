import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startInflux1, type Influx1Server } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeInflux2 } from '../../packages/cli/test/support/fake-influx2.ts';
import { expectCode, runCommand } from '../real/command.ts';
import { commandsOf } from './commands.ts';

const PAGE = 'docs/migrating.md';
const HOUR_MS = 3_600_000;
const POINTS = 600;
/** An export has a line for each field. */
const FIELDS = 2 * POINTS;

function wordsOf(start: string): readonly string[] {
  const found = commandsOf(PAGE).find(({ words }) => words.join(' ').startsWith(start));
  if (found === undefined) throw new Error(`${PAGE} has no command ${start}`);
  return found.words;
}

describe('docs/migrating.md', () => {
  let earlier: Influx1Server;
  let later: Influx1Server;
  let folder: string;

  beforeAll(async () => {
    [earlier, later] = await Promise.all([startInflux1(), startInflux1()]);
    folder = mkdtempSync(join(tmpdir(), 'migrating-'));
  });

  afterAll(async () => {
    await Promise.all([earlier.stop(), later.stop()]);
    rmSync(folder, { recursive: true });
  });

  it('has no command that is not tried here', () => {
    expect(commandsOf(PAGE).map(({ words }) => words[0])).toEqual(['influx_inspect', 'replay', 'setup']);
  });

  it('makes the new place with bucket, task and tokens', async () => {
    const influx = await FakeInflux2.start();
    const environment = {
      INFLUX_URL: influx.url,
      INFLUX_ORG: 'luna',
      INFLUX_BUCKET: 'luna',
      INFLUX_ADMIN_TOKEN: 'admin',
    };
    expectCode(await runCommand([...wordsOf('setup'), '--yes'], environment), 0);
    expect(influx.buckets.map(({ name }) => name)).toEqual(['luna', 'luna_5m']);
    expect(influx.tasks).toHaveLength(1);
    expect(influx.entries.authorizations).toHaveLength(2);
  });

  it('stores an export in the new one, ends with the backfill, and that leaves no window that differs', async () => {
    await earlier.createDatabase('luna');
    const nowMs = Date.now();
    const lines = Array.from({ length: POINTS }, (_, index) => {
      const stamp = `${String(nowMs - 3 * HOUR_MS + index * 1000)}000000`;
      return `requests,route=GET:/version,service=shop,status_code=200 execution_time=0.5,request_id="${String(index)}" ${stamp}`;
    });
    expect((await earlier.write('luna', lines.join('\n'))).status).toBe(204);
    const file = wordsOf('influx_inspect').at(-1) ?? '';
    const path = join(folder, file);
    writeFileSync(path, gzipSync(await exportOf(earlier)));

    const environment = { INFLUX_URL: later.url, INFLUX_DATABASE: 'luna' };
    expectCode(await runCommand(['setup', '--downsample', '--yes'], environment), 0);
    const replay = wordsOf('replay').map((word) => (word === file ? path : word));
    const { errorOutput, output, code } = await runCommand(replay, environment);
    expect([code, output]).toEqual([0, `${String(FIELDS)} lines read, ${String(FIELDS)} written, 0 refused\n`]);
    const query = 'SELECT count("execution_time") FROM "requests" GROUP BY time(1h) fill(none)';
    expect(await later.query('luna', query)).toEqual(await earlier.query('luna', query));

    const [, backfill = ''] = /`npx @influx-monitoring\/cli (backfill [^`]+)`/.exec(errorOutput) ?? [];
    expectCode(await runCommand(backfill.split(' '), environment), 0);
    const [counted] = await later.query('luna', 'SELECT sum("count") FROM "influx_monitoring_5m"."requests"');
    expect(counted?.['sum']).toBe(POINTS);
    const doctor = await runCommand(['doctor'], environment);
    expect(doctor.output).not.toContain('backfill');
  });
});

/**
 * What `influx_inspect export` writes of a database (its source: cmd/influx_inspect/export), which Debian's package of
 * InfluxDB has not: comments, statements, and a line for each field.
 */
async function exportOf(influx: Influx1Server): Promise<string> {
  const rows = await influx.query('luna', 'SELECT * FROM "requests"');
  const lines = rows.flatMap((row) => {
    const series = ['route', 'service', 'status_code'].map((tag) => `${tag}=${String(row[tag])}`).join(',');
    const values = [`execution_time=${String(row['execution_time'])}`, `request_id="${String(row['request_id'])}"`];
    return values.map((value) => `requests,${series} ${value} ${String(row['time'])}`);
  });
  return [
    '# INFLUXDB EXPORT: 1677-09-21T00:12:43Z - 2262-04-11T23:47:16Z',
    '# DDL',
    'CREATE DATABASE luna WITH NAME autogen',
    '# DML',
    '# CONTEXT-DATABASE:luna',
    '# CONTEXT-RETENTION-POLICY:autogen',
    '# writing tsm data',
    ...lines,
    '',
  ].join('\n');
}
