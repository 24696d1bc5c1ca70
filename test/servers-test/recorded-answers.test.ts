import { readFileSync } from 'node:fs';
import {
  startStrictInflux,
  type StrictFlavour,
  type StrictInflux,
  type StrictPoint,
} from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Recorded {
  readonly name: string;
  readonly steps?: readonly { readonly body: string; readonly status: number; readonly answer: string }[];
  readonly stored?: readonly Readonly<Record<string, unknown>>[] | string;
}

const FILES: readonly { readonly file: string; readonly flavour: StrictFlavour; readonly path: string }[] = [
  { file: 'influxdb-1.8.10', flavour: '1.8', path: '/write?db=luna_monitoring&precision=n' },
  { file: 'influxdb-2.7.12', flavour: '2.7', path: '/api/v2/write?org=luna&bucket=luna_monitoring&precision=ns' },
  { file: 'influxdb-2.9.1', flavour: '2.9', path: '/api/v2/write?org=luna&bucket=luna_monitoring&precision=ns' },
];

/** Where InfluxQL shows a row in another form than the store has it, and a retention that the run had. */
const OF_ALL =
  'a tag and a field of one name, between|a type changed in another shard|a tag that was a field|a field that was a tag';

/** What the strict server does otherwise today; a case that comes right fails here until it is taken out. */
const DIFFERENT: ReadonlyMap<string, RegExp> = new Map([
  // A type that changes within the first batch of a series is told without names there.
  [
    'influxdb-1.8.10',
    new RegExp(
      `^(?:${OF_ALL}|(?:an integer|a text|true|a line end in a text|a text of 1 MiB and a byte|a text of 100,000 bytes), between|a field twice, two types|a type changed within)`,
    ),
  ],
  ['influxdb-2.7.12', new RegExp(`^(?:${OF_ALL})`)],
  // It says "has been stripped from point"; packages/core/test/wires/answers has that answer.
  ['influxdb-2.9.1', new RegExp(`^(?:${OF_ALL}|a field named time)`)],
]);

/** Those of a retention or a login of their own: other tests have them. */
const ELSEWHERE = /too old|wrong or else/;

describe.each(FILES)('the strict server as $file', ({ file, flavour, path }) => {
  let server: StrictInflux;

  beforeAll(async () => {
    server = await startStrictInflux({ flavour });
  });

  afterAll(async () => {
    await server.stop();
  });

  const url = new URL(`../servers/recorded/${file}.jsonl`, import.meta.url);
  const cases = readFileSync(url, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    // Recorded by a program of ours, in this form.
    .map((line) => JSON.parse(line) as Recorded)
    .filter(({ name, steps }) => steps !== undefined && !ELSEWHERE.test(name))
    .map((recorded, index) => ({ ...recorded, index }));

  const isDifferent = ({ name }: { readonly name: string }): boolean => DIFFERENT.get(file)?.test(name) === true;

  it.each(cases.filter((recorded) => !isDifferent(recorded)))('answers and stores the same: $name', check);
  it.fails.each(cases.filter(isDifferent))('does not yet: $name', check);

  async function check({ steps = [], stored, index }: (typeof cases)[number]): Promise<void> {
    const name = `c${String(index)}`;
    for (const { body, status, answer } of steps) {
      const response = await fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: { authorization: 'Token token' },
        body: named(body, name),
      });
      const text = await response.text();
      expect({ status: response.status, answer: readable(text) }).toEqual({
        status,
        answer: readable(JSON.parse(named(JSON.stringify(answer), name)) as string),
      });
    }
    if (Array.isArray(stored))
      expect(rowsOf(server.store.points(name))).toEqual(
        sorted(JSON.parse(named(JSON.stringify(stored), name)) as Row[]),
      );
  }
});

/** The times that the bodies have. */
const RECORDING = /^(?!179576[2-9]|17957[7-9]|<now>)/;

type Row = Record<string, unknown>;

function named(text: string, name: string): string {
  return text
    .replace(/(?<![A-Za-z]|\\)M(?![A-Za-z])|(?<=\\n)M(?![A-Za-z])/g, name)
    .replace(/<x (\d+)>/g, (_found, length: string) => 'x'.repeat(Number(length)));
}

/** 3 shows the first twenty characters of a line, of which the name of the measurement was another. */
function readable(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) =>
      key === 'original_line' && typeof value === 'string' ? value.slice(0, 8) : value,
    );
  } catch {
    return text.trim();
  }
}

function rowsOf(points: readonly StrictPoint[]): Row[] {
  return sorted(
    points.map(({ tags, fields, timestamp }) => ({
      time: String(timestamp),
      // InfluxQL shows a tag that has the name of a field under another.
      ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [fields.has(key) ? `${key}_1` : key, value])),
      ...Object.fromEntries(
        [...fields].map(([key, { value }]) => [key, typeof value === 'bigint' ? Number(value) : value]),
      ),
    })),
  );
}

function sorted(rows: readonly Row[]): Row[] {
  return (
    rows
      // A time of the run, of lines without one, is another each time.
      .map((row) => ({ ...row, time: RECORDING.test(String(row['time'])) ? String(row['time']) : 'of the run' }))
      .map((row) => Object.fromEntries(Object.entries(row).sort()))
      .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
  );
}
