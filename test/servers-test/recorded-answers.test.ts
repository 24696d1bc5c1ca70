import { readFileSync } from 'node:fs';
import { startStrictInflux, type StrictFlavour, type StrictInflux } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsShown, sortedRows, timesIn, type Row } from './rows-shown.ts';

interface Recorded {
  readonly name: string;
  readonly steps: readonly { readonly body?: string; readonly status: number; readonly answer: string }[];
  readonly stored?: readonly (Row | string)[] | string;
}

interface Recording {
  readonly file: string;
  readonly flavour: StrictFlavour;
  readonly path: string;
}

const PATH_OF_2 = '/api/v2/write?org=luna&bucket=luna_monitoring&precision=ns';

const FILES: readonly Recording[] = [
  { file: 'influxdb-1.8.10', flavour: '1.8', path: '/write?db=luna_monitoring&precision=n' },
  { file: 'influxdb-2.7.12', flavour: '2.7', path: PATH_OF_2 },
  { file: 'influxdb-2.9.1', flavour: '2.9', path: PATH_OF_2 },
  { file: 'influxdb-3.6.0', flavour: '3', path: PATH_OF_2 },
  {
    file: 'influxdb-3.6.0-native',
    flavour: '3',
    path: '/api/v3/write_lp?db=luna_monitoring&precision=nanosecond&accept_partial=true',
  },
];

/** What the strict server answers otherwise on purpose. */
const ON_PURPOSE: ReadonlyMap<string, string> = new Map([
  ['wrong or else: new database', '3 makes a database that is written to; a test that drops one wants it gone'],
  ['wrong or else: database name', '3 refuses some names; the recording has no text, and nothing of ours sends such'],
]);

const HOUR_SECONDS = 3600;

/** Cases of one request that is wrong, or right in another way. */
const OTHERS = /^wrong or else: /;

/** What was recent when it was recorded is too old by now. */
const RECENT_THEN = /(?<![-\d])1795\d{15}(?!\d)/g;
const RECENT = `${String(Date.now())}000000`;

/** How much of a line InfluxDB 3 shows. */
const SHOWN_LENGTH = 20;

describe.each(FILES)('the strict server as $file', ({ file, flavour, path }) => {
  let server: StrictInflux;
  let keepingAnHour: StrictInflux;

  beforeAll(async () => {
    server = await startStrictInflux({ flavour });
    keepingAnHour = await startStrictInflux({ flavour, retentionSeconds: HOUR_SECONDS });
  });

  afterAll(async () => {
    await server.stop();
    await keepingAnHour.stop();
  });

  const url = new URL(`../servers/recorded/${file}.jsonl`, import.meta.url);
  const all = readFileSync(url, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    // Recorded by a program of ours, in this form.
    .map((line, index) => ({ ...(JSON.parse(line) as Recorded), index }));

  it.each(all.filter(({ name }) => !OTHERS.test(name)))('answers and stores the same: $name', async (recorded) => {
    const { name: title, steps, stored, index } = recorded;
    const name = `c${String(index)}`;
    const isOld = title.includes('too old');
    const strict = isOld ? keepingAnHour : server;
    const here = (text: string): string => named(isOld ? text.replaceAll(RECENT_THEN, RECENT) : text, name);
    for (const { body = '', status, answer } of steps) {
      expect(await post(strict.url + path, { body: here(body) })).toEqual({ status, answer: readable(here(answer)) });
    }
    // InfluxDB 3 could not show some rows.
    if (!Array.isArray(stored) || stored.some((row) => typeof row === 'string')) return;
    const times = timesIn(steps.map(({ body = '' }) => here(body)).join('\n'));
    // The same rows with another name.
    const expected = JSON.parse(here(JSON.stringify(stored))) as readonly Row[];
    expect(rowsShown(strict.store.points(name), times)).toEqual(sortedRows(expected, times));
  });

  const others = all.filter(({ name }) => OTHERS.test(name) && !ON_PURPOSE.has(name));

  it.each(others)('answers the same: $name', async ({ name, steps: [step] }) => {
    const { method = 'POST', to = path, ...request } = requestOf(name.replace(OTHERS, ''), server, path);
    const answer = await post(server.url + to, { method, ...request });
    server.tokenState = 'active';
    expect(answer).toEqual({ status: step?.status, answer: readable(step?.answer ?? '') });
  });
});

/** A recorded text with the name of a measurement of this run, as long as it was. */
function named(text: string, name: string): string {
  return text
    .replace(/(?<![A-Za-z]|\\)M(?![A-Za-z])|(?<=\\n)M(?![A-Za-z])/g, name)
    .replace(/<x (\d+)>/g, (_found, length: string) => 'x'.repeat(Number(length)));
}

async function post(
  url: string,
  { body, headers = { authorization: 'Token token' }, method = 'POST' }: RequestInit,
): Promise<{ readonly status: number; readonly answer: unknown }> {
  const response = await fetch(url, { method, headers, ...(method === 'POST' && { body: body ?? 'm f=1' }) });
  return { status: response.status, answer: readable(await response.text()) };
}

/** An answer without what is another in each run: the bound of a retention, the id of a database or a process. */
function readable(text: string): unknown {
  const known = text
    .replaceAll(/Lower Bound at [^, ]+/g, 'Lower Bound at <now>')
    .replaceAll(/database: \S+ for/g, 'database: … for')
    .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, '<id>');
  try {
    return JSON.parse(known, (key, value: unknown) =>
      key === 'original_line' && typeof value === 'string' ? value.slice(0, SHOWN_LENGTH) : value,
    );
  } catch {
    return known.trim();
  }
}

type OtherRequest = RequestInit & { readonly to?: string };

/** The request of which a case is named. */
function requestOf(kind: string, server: StrictInflux, path: string): OtherRequest {
  const requests: Readonly<Record<string, () => OtherRequest>> = {
    bucket: () => ({ to: path.replace('luna_monitoring', 'nope') }),
    'bucket by id': () => ({ to: path.replace('luna_monitoring', server.idOf('luna_monitoring')) }),
    database: () => ({ to: path.replace('luna_monitoring', 'nope') }),
    'database of 1.x': () => ({ to: '/write?db=nope' }),
    'gzip that is none': () => ({ headers: { authorization: 'Token token', 'content-encoding': 'gzip' } }),
    'inactive token': () => {
      server.tokenState = 'inactive';
      return {};
    },
    'no token': () => ({ headers: {} }),
    'no token, /ping': () => ({ method: 'GET', to: '/ping', headers: {} }),
    organization: () => ({ to: path.replace('org=luna', 'org=nope') }),
    'organization by id': () => ({ to: path.replace('org=luna', `org=${server.idOf('luna')}`) }),
    precision: () => ({ to: path.replace(/precision=\w+/, 'precision=x') }),
    token: () => ({ headers: { authorization: 'Token nope' } }),
    'token that may only read': () => {
      server.tokenState = 'reading';
      return {};
    },
    'token, /health': () => ({ method: 'GET', to: '/health' }),
    'token, /ping': () => ({ method: 'GET', to: '/ping' }),
  };
  const request = requests[kind];
  if (request === undefined) throw new Error(`no request for ${kind}`);
  return request();
}
