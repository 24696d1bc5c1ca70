/**
 * How the points of a series are read: as they were recorded, as the service folded them (`aggregate`), or as the
 * database downsampled them (`setup --downsample`).
 */
export interface Reading {
  /** In file names and uids; empty for raw points. */
  readonly suffix: '' | '-folded' | '-5m';
  /** In titles; empty for raw points. */
  readonly title: string;
  /** What its figures are, for descriptions; empty for raw points. */
  readonly remark: string;
  /** The smallest interval: below it a rate would jump between none and too much. */
  readonly minInterval: string;
  /** What stands in FROM for a series. */
  readonly from: (series: string) => string;
  /** How many events, by a field that each of their points has. */
  readonly count: (field: string) => string;
  /** Columns about a duration in seconds, by their names. */
  readonly durations: (field: string) => Readonly<Record<string, string>>;
  /** The 99th percentile of a duration, as well as the points know it. */
  readonly p99: (field: string) => string;
}

/** A point an event. */
export const RAW: Reading = {
  suffix: '',
  title: '',
  remark: '',
  minInterval: '10s',
  from: (series) => `"${series}"`,
  count: (field) => `count("${field}")`,
  durations: (field) => ({
    p50: `percentile("${field}", 50)`,
    p95: `percentile("${field}", 95)`,
    p99: `percentile("${field}", 99)`,
    max: `max("${field}")`,
  }),
  p99: (field) => `percentile("${field}", 99)`,
};

/** A point a period and set of tags. */
export const FOLDED: Reading = {
  suffix: '-folded',
  title: ', folded',
  remark: ' Percentiles are the greatest of all periods and processes.',
  minInterval: '10s',
  from: (series) => `"${series}_summary"`,
  count: () => 'sum("count")',
  durations: (field) => ({
    p50: `max("${field}_p50")`,
    p95: `max("${field}_p95")`,
    p99: `max("${field}_p99")`,
    max: `max("${field}_max")`,
  }),
  p99: (field) => `max("${field}_p99")`,
};

/** A point for each five minutes and set of tags, behind what the variable `policy` says. */
export const DOWNSAMPLED: Reading = {
  suffix: '-5m',
  title: ', 5 minutes',
  remark: ' From five-minute points: the mean of their means, the greatest of their percentiles.',
  minInterval: '5m',
  from: (series) => `\${policy:raw}"${series}"`,
  count: () => 'sum("count")',
  durations: (field) => ({
    mean: `mean("${field}")`,
    p99: `max("${field}_p99")`,
    max: `max("${field}_max")`,
  }),
  p99: (field) => `max("${field}_p99")`,
};

/** So many events a second. InfluxQL's `/` of whole numbers is exact. */
export function rate(reading: Reading, field: string): string {
  return `${reading.count(field)} * 1000 / $__interval_ms`;
}

/** Columns with their names, as they stand behind SELECT. */
export function columns(named: Readonly<Record<string, string>>): string {
  return Object.entries(named)
    .map(([name, column]) => `${column} AS "${name}"`)
    .join(', ');
}
