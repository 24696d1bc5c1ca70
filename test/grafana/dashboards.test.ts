import { readFileSync, readdirSync } from 'node:fs';
import type { InfluxRow } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DASHBOARDS } from '../../grafana/source/index.ts';
import type { RealInflux } from '../real/servers/real-influx.ts';
import { SERVICE, startFilledInflux } from './filled.ts';
import { DATABASE, VERSION } from './influx.ts';
import { interpolate, type Range, type Selection } from './interpolate.ts';

interface Target {
  readonly refId: string;
  readonly hide: boolean;
  readonly query?: string;
  readonly type?: string;
  readonly expression?: string;
  readonly resultFormat?: string;
  readonly alias?: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly Target[];
  readonly fieldConfig: {
    readonly defaults: { readonly unit?: string };
    readonly overrides: readonly {
      readonly matcher: { readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: string }[];
    }[];
  };
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string;
  readonly allValue?: string;
  readonly current?: { readonly value: unknown };
}

interface Dashboard {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

const FOLDER = new URL('../../grafana/dashboards/', import.meta.url);
const DASHBOARD_NAMES = readdirSync(FOLDER);

function load(name: string): Dashboard {
  // The other tests say whether it is one.
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Dashboard;
}

/** What a unit allows. Bytes and counts may be 0. */
const BOUNDS: Readonly<Record<string, readonly [minimum: number, maximum: number]>> = {
  reqps: [0, 10_000],
  mps: [0, 10_000],
  eps: [0, 10_000],
  s: [0, 60],
  percentunit: [0, 1],
  bytes: [0, 1e12],
  short: [0, 1e6],
  none: [0, 16],
};

const dashboards = DASHBOARD_NAMES.map((name) => [name, load(name)] as const);
const panels = dashboards.flatMap(([name, dashboard]) =>
  dashboard.panels.map((panel) => [`${name}: ${panel.title}`, dashboard, panel] as const),
);
const variables = dashboards.flatMap(([name, dashboard]) =>
  queryVariables(dashboard).map((variable) => [`${name}: ${variable.name}`, dashboard, variable] as const),
);

function queryVariables({ templating }: Dashboard): readonly Variable[] {
  return templating.list.filter(({ type }) => type === 'query');
}

/** What a dashboard begins with, its lists aside: no text to search for, of each choice that of the server's version. */
function firstChoices({ templating }: Dashboard): Selection {
  return Object.fromEntries(
    templating.list.flatMap(({ name, type, current, query }) => {
      if (type === 'textbox') return [[name, ['']]];
      if (type !== 'custom') return [];
      const of2 = /InfluxDB 2\.x \(\w+\) : (.*)$/.exec(query)?.[1];
      return [[name, [VERSION === 2 && of2 !== undefined ? of2 : String(current?.value)]]];
    }),
  );
}

function influxTargets(panel: Panel): readonly (Target & { readonly query: string })[] {
  return panel.targets.flatMap((target) => (target.query === undefined ? [] : { ...target, query: target.query }));
}

describe('each dashboard', () => {
  it('is what the source says', () => {
    expect(DASHBOARD_NAMES.sort()).toEqual(Object.keys(DASHBOARDS).sort());
    for (const [name, content] of Object.entries(DASHBOARDS)) {
      expect(load(name), `${name}: run npx tsx grafana/source/write.ts`).toEqual(JSON.parse(JSON.stringify(content)));
    }
  });

  it('has an identity of its own', () => {
    const uids = dashboards.map(([, { uid }]) => uid);
    expect(new Set(uids).size).toBe(uids.length);
    for (const uid of uids) expect(uid).toMatch(/^[\w-]{1,40}$/);
    for (const [, { schemaVersion }] of dashboards) expect(schemaVersion).toBe(41);
  });

  it.each(dashboards)('%s has panels side by side, with ids of their own', (_name, { panels: all }) => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const cells = all.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from(
        { length: w * h },
        (_, index) => `${String(x + (index % w))} ${String(y + Math.floor(index / w))}`,
      );
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  it.each(panels)('%s reads where the variable says, by names of its own', (_name, _dashboard, { targets }) => {
    expect(targets.length).toBeGreaterThan(0);
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    for (const { datasource, query } of targets) {
      expect(datasource.uid).toBe(query === undefined ? '__expr__' : '${datasource}');
    }
  });
});

/** InfluxDB 3 has nothing that downsamples. */
function isAnswered([name]: readonly [string, ...unknown[]]): boolean {
  return VERSION !== 3 || !name.includes('-5m.json');
}

describe('against a real InfluxDB, filled by the example sender', () => {
  let influx: RealInflux;
  let range: Range;

  beforeAll(async () => {
    const fromMs = Date.now() - 600_000;
    influx = await startFilledInflux();
    range = { fromMs, toMs: Date.now(), intervalMs: 1000 };
  }, 60_000);

  afterAll(() => influx.stop());

  const run = (query: string, selection: Selection) => influx.query(DATABASE, interpolate(query, selection, range));

  /** What is selected when a dashboard is opened: all of each list. */
  async function everything(dashboard: Dashboard): Promise<Selection> {
    let selection = firstChoices(dashboard);
    for (const variable of queryVariables(dashboard)) {
      const all = variable.allValue ?? (await valuesOf(variable, selection));
      selection = { ...selection, [variable.name]: typeof all === 'string' ? { all } : all };
    }
    return selection;
  }

  /** The values of a list as Grafana reads them: the second column of each row. */
  async function valuesOf({ query }: Variable, selection: Selection): Promise<readonly string[]> {
    const column = /^SELECT "(\w+)"/.exec(query)?.[1] ?? 'value';
    return (await run(query, selection)).map((row) => String(row[column]));
  }

  it.each(variables.filter(isAnswered))('the variable %s has values', async (_name, dashboard, variable) => {
    const values = await valuesOf(variable, await everything(dashboard));
    expect(values.length).toBeGreaterThan(0);
    for (const value of values) expect(value).not.toMatch(/^(undefined|null)?$/);
    if (variable.name === 'service') expect(values).toEqual([SERVICE]);
  });

  it.each(panels.filter(isAnswered))(
    '%s shows something, within what its unit allows',
    async (_name, dashboard, panel) => {
      for (const target of influxTargets(panel)) {
        const rows = await run(target.query, await everything(dashboard));
        expect(rows.length, target.query).toBeGreaterThan(0);
        expectValues(panel, target, rows);
      }
    },
  );

  it.each(panels.filter(isAnswered))('%s keeps to a selection of each variable', async (_name, dashboard, panel) => {
    const all = await everything(dashboard);
    for (const variable of queryVariables(dashboard)) {
      const values = await valuesOf(variable, all);
      const tag = tagOf(variable);
      const total = await pointsOf(panel, all);
      const parts: number[] = [];
      for (const value of values) {
        parts.push(await pointsOf(panel, { ...all, [variable.name]: [value] }, { tag, values: [value] }));
      }
      const several = await pointsOf(panel, { ...all, [variable.name]: values }, { tag, values });
      expect(several, variable.name).toBe(total);
      // A value that the panel knows is on its own what it is among the others; no value brings more than all do.
      expect(Math.max(...parts), variable.name).toBeGreaterThan(0);
      expect(Math.max(...parts), variable.name).toBeLessThanOrEqual(total);
    }
  });

  /** How many values the queries give, and that they are of the values selected. */
  async function pointsOf(
    panel: Panel,
    selection: Selection,
    chosen?: { readonly tag: string; readonly values: readonly string[] },
  ): Promise<number> {
    let count = 0;
    for (const { query } of influxTargets(panel)) {
      const rows = await run(query, selection);
      count += rows.length;
      if (chosen === undefined) continue;
      for (const row of rows) if (chosen.tag in row) expect(chosen.values).toContain(row[chosen.tag]);
    }
    return count;
  }

  it('the series of the processes and of delivery are those of the sender', async () => {
    for (const [series, processes] of [
      ['process', 1],
      ['monitoring', 2],
    ] as const) {
      const rows = await influx.query(DATABASE, `SHOW TAG VALUES FROM "${series}" WITH KEY = "pid"`);
      expect(rows, series).toHaveLength(processes);
      expect(rows.some(({ value }) => value !== String(process.pid))).toBe(true);
    }
  });

  it('the shares are a query over another, at the same times', async () => {
    const shares = panels.filter(([, , { targets }]) => targets.some(({ type }) => type === 'math'));
    expect(shares.map(([name]) => name)).toEqual(
      ['requests-5m.json', 'requests-folded.json', 'requests.json'].flatMap((name) => [
        `${name}: Failed`,
        `${name}: Refused`,
        `${name}: Share that failed`,
      ]),
    );
    for (const [, dashboard, { targets }] of shares.filter(isAnswered)) {
      expect(targets.map(({ refId, hide, expression }) => [refId, hide, expression])).toEqual([
        ['A', true, undefined],
        ['B', true, undefined],
        ['C', false, '$A / $B'],
      ]);
      const [failed = [], all = []] = await Promise.all(
        targets.slice(0, 2).map(async ({ query = '' }) => run(query, await everything(dashboard))),
      );
      // Where there was no request there is no share: Grafana takes the times that both have.
      expect(failed.map(({ time }) => time)).toEqual(expect.arrayContaining(all.map(({ time }) => time)));
      const sum = (rows: readonly InfluxRow[]) =>
        rows.reduce((total, row) => total + Number(row['count'] ?? row['sum']), 0);
      for (const row of all) expect(sum([row])).toBeGreaterThan(0);
      expect(sum(failed) / sum(all)).toBeGreaterThan(0);
      expect(sum(failed) / sum(all)).toBeLessThan(1);
    }
  });
});

function tagOf({ query }: Variable): string {
  return /WITH KEY = "(\w+)"|^SELECT "(\w+)"/.exec(query)?.slice(1).find(Boolean) ?? '';
}

/** Each column holds something, numbers are within the bounds of their unit, and an alias names what there is. */
function expectValues({ fieldConfig, type }: Panel, target: Target, rows: readonly InfluxRow[]): void {
  const columns = columnsOf(target.query ?? '');
  const units = new Map(
    fieldConfig.overrides.map(({ matcher, properties }) => [
      matcher.options,
      properties.find(({ id }) => id === 'unit')?.value,
    ]),
  );
  for (const name of units.keys()) expect(columns, 'a unit is of a column').toContain(name);
  for (const column of columns) {
    const values = rows.map((row) => row[column]).filter((value) => value !== null);
    expect(values.length, `${column} in ${target.query ?? ''}`).toBeGreaterThan(0);
    // What is only one half of a share is a number of any size.
    const shown = target.hide ? 'short' : fieldConfig.defaults.unit;
    expectWithin(type === 'table' ? units.get(column) : shown, values);
  }
  for (const [, tag = ''] of (target.alias ?? '').matchAll(/\$tag_(\w+)/g)) {
    for (const row of rows) expect(row[tag], `the tag ${tag}`).toBeTypeOf('string');
  }
}

function expectWithin(unit: string | undefined, values: readonly unknown[]): void {
  // A column without a unit is text.
  if (unit === undefined) return;
  const [minimum = 0, maximum = 0] = BOUNDS[unit] ?? [];
  for (const value of values) {
    expect(value).toBeTypeOf('number');
    expect(value).toBeGreaterThanOrEqual(minimum);
    expect(value).toBeLessThanOrEqual(maximum);
  }
}

/** The columns of the outer SELECT, as InfluxDB names them. */
function columnsOf(query: string): readonly string[] {
  const select = /^SELECT (.*?) FROM /.exec(query)?.[1] ?? '';
  return select.split(/, (?![^(]*\))/).map((column) => {
    const name = / AS "(\w+)"$/.exec(column)?.[1] ?? /^"(\w+)"$/.exec(column)?.[1];
    return name ?? /^(\w+)\(/.exec(column)?.[1] ?? '';
  });
}
