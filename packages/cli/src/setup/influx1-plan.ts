import type { Influx1Settings } from '@influx-monitoring/core';
import { CommandError } from '../command-error.ts';
import { Influx1Questions, rowsOf, statementError } from '../database/influx1-questions.ts';
import { DOWNSAMPLED_SERIES, INTERVAL, LATENESS, type Downsampled, type DownsampledSeries } from './downsampling.ts';
import { settled, type PlanItem } from './plan.ts';
import { cautionOf, durationText, parseDuration, retentionText, shardSeconds } from './retention.ts';

/** What a user asks setup for in the database. */
export interface DatabaseWishes {
  /** 0 for ever; `undefined` to leave it. */
  readonly retentionSeconds: number | undefined;
  readonly isDownsampled: boolean;
}

/** The policy of downsampled points. */
const DOWNSAMPLED_POLICY = `influx_monitoring_${INTERVAL}`;
const DEFAULT_POLICY = 'autogen';

interface Policy {
  readonly name: string;
  readonly seconds: number;
  readonly isDefault: boolean;
}

/** Plans a database, its retention and continuous queries. @throws CommandError where the server refuses to tell */
export async function planInflux1(
  settings: Influx1Settings,
  wishes: DatabaseWishes,
  signal: AbortSignal,
): Promise<PlanItem[]> {
  const database = new Influx1Database(settings);
  const names = (await database.rows('SHOW DATABASES', signal)).map(([name]) => name);
  const isThere = names.includes(settings.dbName);
  const policies = isThere ? await database.policies(signal) : [];
  const defaultPolicy = policies.find(({ isDefault }) => isDefault);
  const items = [
    isThere ? planRetention(database, defaultPolicy, wishes) : planDatabase(database, wishes.retentionSeconds ?? 0),
  ];
  if (wishes.isDownsampled) {
    const queries = isThere ? await database.continuousQueries(signal) : new Map<string, string>();
    const hasPolicy = policies.some(({ name }) => name === DOWNSAMPLED_POLICY);
    items.push(planPolicy(database, hasPolicy));
    const source = defaultPolicy?.name ?? DEFAULT_POLICY;
    items.push(...DOWNSAMPLED_SERIES.map((series) => planQuery(database, series, source, queries)));
  }
  return items;
}

function planDatabase(database: Influx1Database, seconds: number): PlanItem {
  const { name } = database;
  const policy = `WITH DURATION ${durationText(seconds)} REPLICATION 1 SHARD DURATION ${durationText(shardSeconds(seconds))}`;
  return {
    action: 'make',
    description: `database "${name}", points ${retentionText(seconds)}`,
    apply: (signal) => database.run(`CREATE DATABASE ${quoted(name)} ${policy} NAME ${quoted(DEFAULT_POLICY)}`, signal),
  };
}

function planRetention(
  database: Influx1Database,
  policy: Policy | undefined,
  { retentionSeconds }: DatabaseWishes,
): PlanItem {
  const place = `database "${database.name}"`;
  if (policy === undefined) throw new CommandError(`${place} has no default retention policy: give it one`);
  const { name, seconds } = policy;
  if (retentionSeconds === undefined || retentionSeconds === seconds) {
    return settled(`${place}, points ${retentionText(seconds)}`);
  }
  const duration = `DURATION ${durationText(retentionSeconds)} SHARD DURATION ${durationText(shardSeconds(retentionSeconds))}`;
  return {
    action: 'change',
    description: `${place}, points ${retentionText(retentionSeconds)} (now ${retentionText(seconds)}; policy "${name}")`,
    caution: cautionOf(seconds, retentionSeconds),
    apply: (signal) =>
      database.run(`ALTER RETENTION POLICY ${quoted(name)} ON ${quoted(database.name)} ${duration}`, signal),
  };
}

function planPolicy(database: Influx1Database, isThere: boolean): PlanItem {
  const description = `retention policy "${DOWNSAMPLED_POLICY}" for every ${INTERVAL}, kept forever`;
  if (isThere) return settled(description);
  const name = quoted(DOWNSAMPLED_POLICY);
  return {
    action: 'make',
    description,
    apply: (signal) =>
      database.run(`CREATE RETENTION POLICY ${name} ON ${quoted(database.name)} DURATION INF REPLICATION 1`, signal),
  };
}

function planQuery(
  database: Influx1Database,
  series: DownsampledSeries,
  source: string,
  queries: ReadonlyMap<string, string>,
): PlanItem {
  const name = `influx_monitoring_${series.series}`;
  const text = continuousQuery(database.name, name, source, series);
  const current = queries.get(name);
  const description = `continuous query "${name}"`;
  if (current !== undefined && unquoted(current) === unquoted(text)) return settled(description);
  const drop = `DROP CONTINUOUS QUERY ${quoted(name)} ON ${quoted(database.name)}; `;
  return {
    action: current === undefined ? 'make' : 'change',
    description,
    apply: (signal) => database.run(`${current === undefined ? '' : drop}${text}`, signal),
  };
}

function continuousQuery(
  database: string,
  name: string,
  source: string,
  { series, fields }: DownsampledSeries,
): string {
  const from = `${quoted(database)}.${quoted(source)}.${quoted(series)}`;
  const into = `${quoted(database)}.${quoted(DOWNSAMPLED_POLICY)}.${quoted(series)}`;
  const selected = fields.map((field) => `${aggregateOf(field)} AS ${quoted(field.target)}`).join(', ');
  return (
    `CREATE CONTINUOUS QUERY ${quoted(name)} ON ${quoted(database)} RESAMPLE FOR ${LATENESS} BEGIN ` +
    `SELECT ${selected} INTO ${into} FROM ${from} GROUP BY time(${INTERVAL}), * END`
  );
}

function aggregateOf({ aggregate, source }: Downsampled): string {
  return aggregate === 'percentile 99' ? `percentile(${quoted(source)}, 99)` : `${aggregate}(${quoted(source)})`;
}

function quoted(name: string): string {
  return `"${name.replace(/[\\"]/g, '\\$&')}"`;
}

/** InfluxDB prints a query without the quotes that it can do without. */
function unquoted(query: string): string {
  return query.replace(/"([a-z_]\w*)"/gi, '$1');
}

class Influx1Database {
  readonly name: string;
  readonly #questions: Influx1Questions;

  constructor(settings: Influx1Settings) {
    this.name = settings.dbName;
    this.#questions = new Influx1Questions(settings);
  }

  async run(influxql: string, signal: AbortSignal): Promise<void> {
    await this.rows(influxql, signal);
  }

  async rows(influxql: string, signal: AbortSignal): Promise<(readonly unknown[])[]> {
    const answer = await this.#questions.query(influxql, signal);
    const error = statementError(answer);
    if (error === undefined) return rowsOf(answer);
    const hint = [401, 403].includes(answer.status)
      ? '; it takes an administrator: INFLUX_ADMIN_USERNAME and INFLUX_ADMIN_PASSWORD in the environment'
      : '';
    throw new CommandError(`InfluxDB refuses ${influxql.split(' ').slice(0, 3).join(' ')}: ${error}${hint}`);
  }

  async policies(signal: AbortSignal): Promise<Policy[]> {
    const rows = await this.rows(`SHOW RETENTION POLICIES ON ${quoted(this.name)}`, signal);
    // Columns: name, duration, shardGroupDuration, replicaN, default.
    return rows.map(([name, duration, , , isDefault]) => ({
      name: String(name),
      seconds: parseDuration(String(duration)),
      isDefault: isDefault === true,
    }));
  }

  /** Queries by name; those of other databases have other names, or would not be ours. */
  async continuousQueries(signal: AbortSignal): Promise<Map<string, string>> {
    const rows = await this.rows('SHOW CONTINUOUS QUERIES', signal);
    const own = rows.filter(([, query]) => unquoted(String(query)).includes(` ON ${unquoted(quoted(this.name))} `));
    return new Map(own.map(([name, query]) => [String(name), String(query)]));
  }
}
