import { build, type Histogram } from 'hdr-histogram-js';

/** The 50th, 95th and 99th percentile, in microseconds; `null` where nothing was measured. */
export type Percentiles = readonly [p50: number, p95: number, p99: number] | null;

const SIGNIFICANT_DIGITS = 2;

/**
 * Makes an HdrHistogram of microseconds: a percentile read from it is the recorded value of that rank, or above it by
 * less than 0.8 % (its bin's upper end), never below.
 */
export function createHistogram(): Histogram {
  return build({
    autoResize: true,
    bitBucketSize: 32,
    highestTrackableValue: 2,
    lowestDiscernibleValue: 1,
    numberOfSignificantValueDigits: SIGNIFICANT_DIGITS,
    useWebAssembly: false,
  });
}

export function readPercentiles(histogram: Histogram | undefined): Percentiles {
  if (histogram === undefined || histogram.totalCount <= 0) return null;
  return [histogram.getValueAtPercentile(50), histogram.getValueAtPercentile(95), histogram.getValueAtPercentile(99)];
}
