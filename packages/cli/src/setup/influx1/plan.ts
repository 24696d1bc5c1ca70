import type { Influx1Settings } from '@influx-monitoring/core';
import { CommandError } from '../../command-error.ts';
import { quoted } from '../../database/influx1-questions.ts';
import { continuousQuery, continuousQueryName } from '../../downsampling/influxql.ts';
import { DOWNSAMPLED_POLICY, DOWNSAMPLED_SERIES, INTERVAL, type DownsampledSeries } from '../../downsampling/series.ts';
import { settled, type DatabaseWishes, type PlanItem } from '../plan.ts';
import { cautionOf, durationText, retentionText, shardSeconds } from '../retention.ts';
import { Influx1Database, unquoted, type Policy } from '../../database/influx1-database.ts';
import { planGrant } from './grant.ts';

const DEFAULT_POLICY = 'autogen';

/**
 * Plans a database, its retention, continuous queries, and the right to write of the service's user.
 *
 * @param writer - that user, where it is not the administrator
 * @throws CommandError where the server refuses to tell
 */
export async function planInflux1(
  settings: Influx1Settings,
  wishes: DatabaseWishes,
  writer: string | undefined,
  signal: AbortSignal,
): Promise<PlanItem[]> {
  refuseWishes(wishes);
  const database = new Influx1Database(settings);
  const isThere = await database.isThere(signal);
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
  if (writer !== undefined) items.push(...(await planGrant(database, writer, signal)));
  return items;
}

function refuseWishes({ alerts, hasTokens }: DatabaseWishes): void {
  if (hasTokens) throw new CommandError('--make-token: InfluxDB 1.x has users and no tokens');
  if (alerts !== undefined) {
    throw new CommandError('--alerts: InfluxDB 1.x has no checks; use the rules of Grafana (docs/grafana.md)');
  }
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
  const name = continuousQueryName(series);
  const text = continuousQuery({ database: database.name, policy: source }, series);
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
