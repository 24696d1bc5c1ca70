import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { RealInflux } from '../real/servers/real-influx.ts';
import { MESSAGE_COUNT, SERVICE, startFilledInflux } from './filled.ts';
import { DATABASE } from './influx.ts';
import { DASHBOARDS } from '../../grafana/source/index.ts';
import { RULES } from '../../grafana/source/rules.ts';
import { interpolate } from './interpolate.ts';

interface Query {
  readonly refId: string;
  readonly datasourceUid: string;
  readonly relativeTimeRange?: { readonly from: number; readonly to: number };
  readonly model: {
    readonly refId: string;
    readonly datasource: { readonly uid: string };
    readonly query?: string;
    readonly type?: 'reduce' | 'math' | 'threshold';
    readonly expression?: string;
    readonly reducer?: string;
    readonly conditions?: readonly {
      readonly evaluator: { readonly type: string; readonly params: readonly number[] };
    }[];
  };
}

interface Rule {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly for: string;
  readonly noDataState: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: readonly Query[];
}

interface RuleFile {
  readonly apiVersion: number;
  readonly groups: readonly { readonly interval: string; readonly folder: string; readonly rules: readonly Rule[] }[];
}

interface DatasourceFile {
  readonly datasources: readonly { readonly uid: string; readonly type: string; readonly url: string }[];
}

const FOLDER = new URL('../../grafana/provisioning/', import.meta.url);

function load(path: string): unknown {
  return parse(readFileSync(new URL(path, FOLDER), 'utf8'));
}

// The tests say whether they are.
const { datasources } = load('datasources/influxdb.yaml') as DatasourceFile;
const ruleFile = load('alerting/rules.yaml') as RuleFile;
const rules = ruleFile.groups.flatMap((group) => group.rules);

describe('the provisioning files', () => {
  it('are YAML of the version that Grafana reads', () => {
    const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.yaml'));
    expect(files.sort()).toEqual(['alerting/rules.yaml', 'dashboards/dashboards.yaml', 'datasources/influxdb.yaml']);
    for (const file of files) expect(load(file), file).toMatchObject({ apiVersion: 1 });
  });

  it('hold no secret', () => {
    const text = readFileSync(new URL('datasources/influxdb.yaml', FOLDER), 'utf8');
    expect(text).toContain('Token $INFLUX_TOKEN');
    for (const { url } of datasources) expect(url).toMatch(/^\$\w+$/);
  });

  it('have data sources of InfluxDB with identities of their own', () => {
    expect(datasources.map(({ uid, type }) => [uid, type])).toEqual([
      ['influx-monitoring', 'influxdb'],
      ['influx-monitoring-1', 'influxdb'],
    ]);
  });
});

describe('the alert rules', () => {
  it('are what the source says', () => {
    expect(rules, 'run npm run grafana').toEqual(JSON.parse(JSON.stringify(RULES)));
  });

  it.each(rules.map((rule) => [rule.title, rule] as const))('%s: has its part of the runbook', (_title, rule) => {
    const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
    const [, anchor = ''] = (rule.annotations['runbook_url'] ?? '').split('#');
    expect(runbook).toContain(`\n### ${anchor}\n\n**${rule.title.slice(0, 20)}`);
  });

  it.each(rules.map((rule) => [rule.title, rule] as const))('%s: leads to a dashboard', (_title, { annotations }) => {
    const uids = Object.values(DASHBOARDS).map(({ uid }) => uid);
    expect(uids).toContain(annotations['__dashboardUid__']);
  });

  it('have identities of their own', () => {
    expect(rules.length).toBeGreaterThanOrEqual(4);
    expect(new Set(rules.map(({ uid }) => uid)).size).toBe(rules.length);
    expect(new Set(rules.map(({ title }) => title)).size).toBe(rules.length);
    for (const { uid } of rules) expect(uid).toMatch(/^[\w-]{1,40}$/);
  });

  it.each(rules.map((rule) => [rule.title, rule] as const))('%s: each step reads an earlier one', (_title, rule) => {
    const earlier = new Set<string>();
    for (const { refId, datasourceUid, relativeTimeRange, model } of rule.data) {
      expect(model.refId).toBe(refId);
      expect(model.datasource.uid).toBe(datasourceUid);
      if (model.query === undefined) {
        expect(datasourceUid).toBe('__expr__');
        const read = stepsReadBy(model);
        expect(read.length).toBeGreaterThan(0);
        for (const step of read) expect(earlier).toContain(step);
      } else {
        expect(datasources.map(({ uid }) => uid)).toContain(datasourceUid);
        expect(relativeTimeRange?.from).toBeGreaterThan(relativeTimeRange?.to ?? Infinity);
      }
      expect(earlier).not.toContain(refId);
      earlier.add(refId);
    }
    const last = rule.data.at(-1);
    expect(last?.refId).toBe(rule.condition);
    expect(last?.model).toMatchObject({ type: 'threshold' });
    expect(['OK', 'Alerting']).toContain(rule.noDataState);
  });

  it.each(rules.map((rule) => [rule.title, rule] as const))(
    '%s: texts name steps and tags that are there',
    (_title, rule) => {
      const texts = Object.values(rule.annotations).join('\n');
      const tags = rule.data.flatMap(({ model }) => tagsOf(model.query ?? ''));
      for (const [, tag] of texts.matchAll(/\$labels\.(\w+)/g)) expect(tags).toContain(tag);
      for (const [, step] of texts.matchAll(/\$values\.(\w+)\.Value/g)) {
        expect(rule.data.map(({ refId }) => refId)).toContain(step);
      }
    },
  );

  function stepsReadBy({ type, expression = '' }: Query['model']): readonly (string | undefined)[] {
    return type === 'math' ? Array.from(expression.matchAll(/\$(\w+)/g), ([, name]) => name) : [expression];
  }

  function tagsOf(query: string): readonly string[] {
    const [, groups = ''] = / GROUP BY (?:time\(\w+\), )?((?:"\w+"(?:, )?)+)(?: fill\(0\))?$/.exec(query) ?? [];
    return Array.from(groups.matchAll(/"(\w+)"/g), ([, tag = '']) => tag);
  }
});

describe('the alert rules, against a real InfluxDB, filled by the example sender', () => {
  let influx: RealInflux;

  beforeAll(async () => {
    influx = await startFilledInflux();
  }, 60_000);

  afterAll(() => influx.stop());

  /** Runs a query as Grafana does for an alert: over the time range of the rule, until now. */
  async function valuesOf({ model, relativeTimeRange }: Query): Promise<readonly number[]> {
    const toMs = Date.now();
    const range = { fromMs: toMs - (relativeTimeRange?.from ?? 0) * 1000, toMs, intervalMs: 1000 };
    const rows = await influx.query(DATABASE, interpolate(model.query ?? '', {}, range));
    return rows.map((row) => {
      if ('service' in row) expect(row['service']).toBe(SERVICE);
      const columns = Object.entries(row).filter(([name]) => /^(count|sum|max|percentile|moving_average)$/.test(name));
      expect(columns).toHaveLength(1);
      expect(columns[0]?.[1]).toBeTypeOf('number');
      return Number(columns[0]?.[1]);
    });
  }

  it.each(
    rules.flatMap(({ uid, data }) =>
      data.filter(({ model }) => model.query !== undefined).map((query) => [`${uid} ${query.refId}`, query] as const),
    ),
  )('%s has a number for each service', async (_name, query) => {
    const values = await valuesOf(query);
    expect(values.length).toBeGreaterThan(0);
    for (const value of values) expect(value).toBeGreaterThanOrEqual(0);
  });

  it('see the errors, the messages and the lost points that there were', async () => {
    const find = (uid: string, refId: string): Query => {
      const query = rules.find((rule) => rule.uid === uid)?.data.find((step) => step.refId === refId);
      if (query === undefined) throw new Error(`no step ${refId} in ${uid}`);
      return query;
    };
    const [failed = 0] = await valuesOf(find('influx-monitoring-errors', 'PART'));
    const [all = 0] = await valuesOf(find('influx-monitoring-errors', 'ALL'));
    expect(failed).toBeGreaterThan(0);
    expect(all).toBeGreaterThan(20);
    // The average of two windows of ten minutes, of which the messages are in one or in both.
    const [recent = 0] = (await valuesOf(find('influx-monitoring-redis-silence', 'FOUND'))).slice(-1);
    expect([MESSAGE_COUNT / 2, MESSAGE_COUNT]).toContain(recent);
    expect(await valuesOf(find('influx-monitoring-lost', 'DROPPED'))).toEqual([45]);
    expect(await valuesOf(find('influx-monitoring-lost', 'REFUSED'))).toEqual([9]);
    expect(await valuesOf(find('influx-monitoring-overflow', 'GROWTH'))).toEqual([18]);
  });
});
