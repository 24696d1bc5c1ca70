/** A field of the downsampled series. */
export interface Downsampled {
  readonly source: string;
  readonly target: string;
  readonly aggregate: 'count' | 'sum' | 'mean' | 'min' | 'max' | 'percentile 99';
}

/** A series and what is kept of it, of every five minutes. */
export interface DownsampledSeries {
  readonly series: string;
  /** The first one is its `count`: what tells whether a window is whole. */
  readonly fields: readonly [Downsampled, ...Downsampled[]];
}

/** How long the windows are, as both InfluxQL and Flux have it. */
export const INTERVAL = '5m';
/** The same in milliseconds. */
export const INTERVAL_MS = 300_000;
/** Points that come late, as from a spool, still count for so long. */
export const LATENESS = '15m';
/** The same in milliseconds. */
export const LATENESS_MS = 900_000;

/** The retention policy of InfluxDB 1.x that holds the downsampled series. */
export const DOWNSAMPLED_POLICY = `influx_monitoring_${INTERVAL}`;

/** The bucket of InfluxDB 2.x that holds the downsampled series of another. */
export function downsampledBucket(bucket: string): string {
  return `${bucket}_${INTERVAL}`;
}

const countOf = (source: string): Downsampled => ({ source, target: 'count', aggregate: 'count' });

const COUNTS_SUMMED: Downsampled = { source: 'count', target: 'count', aggregate: 'sum' };

/** Times keep their name with the mean, so that a dashboard's query needs another policy or bucket and nothing else. */
const timesOf = (source: string): readonly [Downsampled, ...Downsampled[]] => [
  countOf(source),
  { source, target: source, aggregate: 'mean' },
  { source, target: `${source}_max`, aggregate: 'max' },
  { source, target: `${source}_p99`, aggregate: 'percentile 99' },
];

/**
 * Of summaries, counts and sums add up, the least and the greatest stay; percentiles cannot be joined, so the greatest
 * of them is kept, and its name says so: `execution_time_p99_max`.
 */
const summariesOf = (source: string): readonly [Downsampled, ...Downsampled[]] => [
  COUNTS_SUMMED,
  { source: `${source}_sum`, target: `${source}_sum`, aggregate: 'sum' },
  { source: `${source}_min`, target: `${source}_min`, aggregate: 'min' },
  { source: `${source}_max`, target: `${source}_max`, aggregate: 'max' },
  ...['p50', 'p90', 'p95', 'p99'].map((name): Downsampled => ({
    source: `${source}_${name}`,
    target: `${source}_${name}_max`,
    aggregate: 'max',
  })),
];

/** All series of the library, but gauges: those of an event each, and their summaries. */
export const DOWNSAMPLED_SERIES: readonly DownsampledSeries[] = [
  { series: 'requests', fields: timesOf('execution_time') },
  { series: 'ws_requests', fields: timesOf('transport_time') },
  { series: 'errors', fields: [countOf('request_id')] },
  { series: 'redis_message', fields: [countOf('request_id')] },
  { series: 'subscription_error', fields: [COUNTS_SUMMED] },
  { series: 'requests_summary', fields: summariesOf('execution_time') },
  { series: 'ws_requests_summary', fields: summariesOf('transport_time') },
  { series: 'errors_summary', fields: [COUNTS_SUMMED] },
  { series: 'redis_message_summary', fields: [COUNTS_SUMMED] },
  { series: 'subscription_error_summary', fields: [COUNTS_SUMMED] },
];
