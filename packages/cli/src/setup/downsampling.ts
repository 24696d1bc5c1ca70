/** A field of the downsampled series. */
export interface Downsampled {
  readonly source: string;
  readonly target: string;
  readonly aggregate: 'count' | 'sum' | 'mean' | 'max' | 'percentile 99';
}

/** A series and what is kept of it, of every five minutes. */
export interface DownsampledSeries {
  readonly series: string;
  readonly fields: readonly Downsampled[];
}

/** How long the intervals are, as both InfluxQL and Flux have it. */
export const INTERVAL = '5m';
/** Points that come late, as from a spool, still count for so long. */
export const LATENESS = '15m';

const countOf = (source: string): Downsampled => ({ source, target: 'count', aggregate: 'count' });

/** Times keep their name with the mean, so that a dashboard's query needs another policy or bucket and nothing else. */
const timesOf = (source: string): Downsampled[] => [
  countOf(source),
  { source, target: source, aggregate: 'mean' },
  { source, target: `${source}_max`, aggregate: 'max' },
  { source, target: `${source}_p99`, aggregate: 'percentile 99' },
];

/** All series of the library, but those that are opt-in. */
export const DOWNSAMPLED_SERIES: readonly DownsampledSeries[] = [
  { series: 'requests', fields: timesOf('execution_time') },
  { series: 'ws_requests', fields: timesOf('transport_time') },
  { series: 'errors', fields: [countOf('request_id')] },
  { series: 'redis_message', fields: [countOf('request_id')] },
  { series: 'subscription_error', fields: [{ source: 'count', target: 'count', aggregate: 'sum' }] },
];
