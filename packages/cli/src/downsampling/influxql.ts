import { quoted } from '../database/influx1-questions.ts';
import { DOWNSAMPLED_POLICY, INTERVAL, LATENESS, type Downsampled, type DownsampledSeries } from './series.ts';

/** Where a series is read, and where its windows go. */
export interface Influx1Source {
  readonly database: string;
  /** The retention policy of the points. */
  readonly policy: string;
}

/**
 * The statement that computes the windows of a series and stores them.
 *
 * @param during - a condition on the time; a continuous query has none
 */
export function selectInto({ database, policy }: Influx1Source, series: DownsampledSeries, during = ''): string {
  const from = `${quoted(database)}.${quoted(policy)}.${quoted(series.series)}`;
  const into = `${quoted(database)}.${quoted(DOWNSAMPLED_POLICY)}.${quoted(series.series)}`;
  const selected = series.fields.map((field) => `${aggregateOf(field)} AS ${quoted(field.target)}`).join(', ');
  const where = during === '' ? '' : ` WHERE ${during}`;
  // Without fill(none) a window without points would be stored, or not, by what else the same run has seen.
  return `SELECT ${selected} INTO ${into} FROM ${from}${where} GROUP BY time(${INTERVAL}), * fill(none)`;
}

/** The continuous query of a series. */
export function continuousQuery(source: Influx1Source, series: DownsampledSeries): string {
  const name = quoted(continuousQueryName(series));
  return (
    `CREATE CONTINUOUS QUERY ${name} ON ${quoted(source.database)} RESAMPLE FOR ${LATENESS} BEGIN ` +
    `${selectInto(source, series)} END`
  );
}

/** What that query is called. */
export function continuousQueryName({ series }: Pick<DownsampledSeries, 'series'>): string {
  return `influx_monitoring_${series}`;
}

/** A condition on the time, in milliseconds since the epoch; the end is left out. */
export function during(startMs: number, stopMs: number): string {
  return `time >= ${String(startMs)}ms AND time < ${String(stopMs)}ms`;
}

function aggregateOf({ aggregate, source }: Downsampled): string {
  return aggregate === 'percentile 99' ? `percentile(${quoted(source)}, 99)` : `${aggregate}(${quoted(source)})`;
}
