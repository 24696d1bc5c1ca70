import { startInflux1, type Influx1Server } from '@influx-monitoring/test-servers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeLine, type StoredPoint } from '../../src/lines/decode.ts';
import { LineEncoder } from '../../src/lines/encode.ts';
import { hostileFields, hostileName, hostileTags } from '../support/hostile.ts';
import { readLineCases } from '../support/line-cases.ts';

const DATABASE = 'lines';
const FIRST_STAMP = 1_790_000_000_000_000_000n;

describe('a real InfluxDB 1.6', () => {
  let influx: Influx1Server;

  beforeAll(async () => {
    influx = await startInflux1();
    await influx.createDatabase(DATABASE);
  });

  afterAll(() => influx.stop());

  async function write(lines: readonly string[]): Promise<{ status: number; body: string }> {
    const response = await fetch(`${influx.url}/write?db=${DATABASE}`, { method: 'POST', body: lines.join('\n') });
    return { status: response.status, body: await response.text() };
  }

  /** Tags and fields of the one point at a time stamp, as the database has them, in order of their names. */
  async function read(series: string, stamp: bigint): Promise<Entry[]> {
    const name = series.replace(/[\\"]/g, '\\$&');
    const body = new URLSearchParams({
      db: DATABASE,
      q: `SELECT * FROM "${name}" WHERE time = ${String(stamp)} GROUP BY *`,
      epoch: 'ns',
    });
    const text = await (await fetch(`${influx.url}/query`, { method: 'POST', body })).text();
    const { results } = JSON.parse(text.replace(LONG_NUMBER, '$1"$2"')) as QueryAnswer;
    const found = results[0].series ?? [];
    expect(found, series).toHaveLength(1);
    const { columns, tags = {}, values } = found[0] ?? { columns: [], values: [] };
    expect(values).toHaveLength(1);
    const entries = [...Object.entries(tags), ...columns.map((column, index): Entry => [column, values[0]?.[index]])];
    // What a point does not have comes as null, or as an empty tag.
    return sorted(entries.filter(([key, value]) => key !== 'time' && value !== null && value !== ''));
  }

  /** The same of a point that we have. */
  function entriesOf({ tags, fields }: Pick<StoredPoint, 'tags' | 'fields'>): Entry[] {
    return sorted([...Object.entries(tags), ...Object.entries(fields)].filter(([, value]) => value !== ''));
  }

  it(
    'takes every case of the table in one batch, and gives back what the table says',
    { timeout: 60_000 },
    async () => {
      const encoder = new LineEncoder({ maxTagValues: 10_000 });
      const written = readLineCases().flatMap((row, index) => {
        const stamp = FIRST_STAMP + BigInt(index);
        const line = encoder.encodeParts(row.series, row.tags, row.fields, String(stamp));
        return line === undefined ? [] : [{ line, point: { ...row.stored, stamp } }];
      });
      expect(await write(written.map(({ line }) => line))).toEqual({ status: 204, body: '' });
      for (const { point } of written) expect(await read(point.series, point.stamp)).toEqual(entriesOf(point));
      // No case made a series that it should not have.
      const series = await influx.query(DATABASE, 'SHOW MEASUREMENTS');
      expect(new Set(series.map(({ name }) => name))).toEqual(new Set(written.map(({ point }) => point.series)));
    },
  );

  it('takes hostile points of any text in one batch, each as one point', { timeout: 60_000 }, async () => {
    const encoder = new LineEncoder({ maxTagValues: 10_000 });
    const points = fc.sample(fc.record({ series: hostileName, tags: hostileTags, fields: hostileFields }), 300);
    const lines = points.flatMap(({ series, tags, fields }, index) => {
      const stamp = String(FIRST_STAMP + 1_000_000n + BigInt(index));
      // A series of its own each, since a type that one point fixed would leave out a field of another.
      return encoder.encodeParts(`h${String(index)} ${series}`, tags, { ...fields, sure: 1 }, stamp) ?? [];
    });
    expect(lines).toHaveLength(points.length);
    expect(await write(lines)).toEqual({ status: 204, body: '' });
    for (const line of lines) {
      const point = decodeLine(Buffer.from(line).toString());
      expect(await read(point.series, point.stamp)).toEqual(entriesOf(point));
    }
  });

  it('takes a point with as many and as long tags and fields as we write', async () => {
    const encoder = new LineEncoder({ maxTagValues: 10_000 });
    const long = (index: number): string => `${String(index)}${'漢'.repeat(600)}`;
    const keys = Array.from({ length: 200 }, (_, index) => long(index));
    const tags = Object.fromEntries(keys.map((key) => [`tag ${key}`, `,${key}`]));
    const fields = Object.fromEntries(keys.map((key) => [`,field ${key}`, 'x'.repeat(70_000)]));
    const line = encoder.encodeParts('many', tags, { first: 1, ...fields }, String(FIRST_STAMP));
    expect(line).toBeDefined();
    expect(await write([line ?? ''])).toEqual({ status: 204, body: '' });
    expect(Object.fromEntries(encoder.repairs)).toMatchObject({ length: expect.any(Number) as number });
  });
});

type Entry = readonly [string, unknown];

interface QueryAnswer {
  readonly results: readonly [
    {
      readonly series?: readonly {
        readonly columns: readonly string[];
        readonly tags?: Readonly<Record<string, string>>;
        readonly values: readonly (readonly unknown[])[];
      }[];
    },
  ];
}

/** A whole number of an answer with more digits than JSON.parse keeps. */
const LONG_NUMBER = /([[,])(-?\d{16,})(?=[,\]])/g;

/** Numbers as text, since an integer of 64 bits comes as text. */
function sorted(entries: readonly Entry[]): Entry[] {
  return entries
    .map(([name, value]): Entry => [
      name,
      typeof value === 'bigint' || typeof value === 'number' ? String(value) : value,
    ])
    .sort(([left], [right]) => (left < right ? -1 : 1));
}
