import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import * as core from '@influx-monitoring/core';
import { startRedis } from '@influx-monitoring/test-servers';
import * as ws from '@influx-monitoring/ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureLimits } from './measured-limits.ts';
import { recordFoldedPoints, recordPoints, REQUEST_ID, SECRET } from './recorded-points.ts';
import { ROOT } from './snippets.ts';

/** A tag or field of a series. */
interface Column {
  readonly kind: string;
  readonly name: string;
  readonly type: string;
}

interface DocumentedColumn extends Column {
  readonly unit: string;
  readonly written: string;
}

const PAGE = readFileSync(join(ROOT, 'docs', 'data-model.md'), 'utf8');
const ALWAYS = 'always';
const BY_CHANCE = 'if the loop turned in the period';

const documented = new Map(
  Array.from(PAGE.matchAll(/^### `(\w+)`\n([\s\S]*?)(?=^##)/gm), ([, series = '', text = '']) => [
    series,
    rowsOf(text).map(([name = '', kind = '', type = '', unit = '', written = '']): DocumentedColumn => {
      return { kind, name, type, unit, written };
    }),
  ]),
);

describe('docs/data-model.md', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let points: readonly core.StoredPoint[];

  beforeAll(async () => {
    redis = await startRedis();
    points = [
      ...(await recordPoints(redis.url, true)),
      ...(await recordPoints(redis.url, false)),
      ...(await recordFoldedPoints()),
    ];
  });

  afterAll(async () => {
    await redis.stop();
  });

  const pointsOf = (series: string): readonly core.StoredPoint[] => points.filter((point) => point.series === series);

  it('has a table for each series that the code has a class for, and for no other', () => {
    const classes: readonly unknown[] = [...Object.values(core), ...Object.values(ws)];
    const series = classes.map(seriesOfClass).filter((name) => name !== undefined);
    // What a period's events are folded into has no class: it is made of theirs.
    const own = [...documented.keys()].filter((name) => !name.endsWith('_summary'));
    expect(own.sort()).toEqual([...new Set(series)].sort());
  });

  it('has a table for each series that is recorded, and for no other', () => {
    expect([...documented.keys()].sort()).toEqual([...new Set(points.map(({ series }) => series))].sort());
  });

  it.each([...documented.keys()])('has all tags and fields of %s with their types, and no other', (series) => {
    const rows = documented.get(series)?.map(({ kind, name, type }) => textOf({ kind, name, type }));
    const recorded = new Set(pointsOf(series).flatMap(columnsOf).map(textOf));
    expect(rows?.sort()).toEqual([...recorded].sort());
  });

  it.each([...documented.keys()])('says always of what is on every point of %s, and of nothing else', (series) => {
    const rows = documented.get(series) ?? [];
    // In so short a run the loop may have turned in every period.
    const byChance = new Set(rows.filter(({ written }) => written === BY_CHANCE).map(({ name }) => name));
    const onEvery = namesOnEvery(pointsOf(series)).filter((name) => !byChance.has(name));
    const always = rows.filter(({ written }) => written === ALWAYS);
    expect(always.map(({ name }) => name).sort()).toEqual(onEvery.sort());
  });

  it('is all that leaves: no header, query string, path, body, payload or message of an error is on a point', () => {
    const texts = points.map(({ series, tags, fields }) => inspect([series, tags, fields]));
    expect(texts.filter((text) => text.includes(SECRET))).toEqual([]);
    const ofClient = points.filter(({ fields }) => fields['request_id'] === REQUEST_ID);
    expect(new Set(ofClient.map(({ series }) => series))).toEqual(
      new Set(['requests', 'errors', 'redis_message', 'ws_requests']),
    );
  });

  it('tells the limits that the code holds to', async () => {
    const rows = rowsOf(PAGE.slice(PAGE.indexOf('## Limits')), 'of');
    const limits = Object.fromEntries(rows.map(([of = '', most = '']) => [of, Number(most.replaceAll(',', ''))]));
    expect(limits).toEqual(await measureLimits());
  });
});

/** The cells of the tables whose head begins with the given word, without marks around the first. */
function rowsOf(text: string, head = 'name'): string[][] {
  const tables = text.matchAll(new RegExp(String.raw`^\| ${head} .*\n\|[-| ]+\n((?:\|.*\n)+)`, 'gm'));
  return Array.from(tables, ([, body = '']) => body.trimEnd().split('\n'))
    .flat()
    .map((row) => row.slice(1, -1).split('|'))
    .map((cells) => cells.map((cell, index) => (index === 0 ? cell.replaceAll('`', '') : cell).trim()));
}

function seriesOfClass(value: unknown): string | undefined {
  if (typeof value !== 'function') return undefined;
  const series: unknown = Reflect.get(value, 'series');
  return typeof series === 'string' ? series : undefined;
}

function columnsOf({ fields, tags }: core.StoredPoint): Column[] {
  return [
    ...Object.keys(tags).map((name) => ({ kind: 'tag', name, type: 'string' })),
    ...Object.entries(fields).map(([name, value]) => ({ kind: 'field', name, type: typeOf(value) })),
  ];
}

function typeOf(value: string | number | bigint | boolean): string {
  if (typeof value === 'number') return 'float';
  return typeof value === 'bigint' ? 'integer' : typeof value;
}

function textOf({ kind, name, type }: Column): string {
  return `${name} ${kind} ${type}`;
}

function namesOnEvery(points: readonly core.StoredPoint[]): string[] {
  const names = points.map((point) => new Set(columnsOf(point).map(({ name }) => name)));
  return [...(names[0] ?? [])].filter((name) => names.every((each) => each.has(name)));
}
