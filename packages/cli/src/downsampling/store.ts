import type { DownsampledSeries } from './series.ts';

/** What is there to be downsampled. */
export interface DownsamplingState {
  /** How long points are kept; 0 for ever. */
  readonly retentionSeconds: number;
}

/** The points of a database and the windows that are computed of them. */
export interface DownsamplingStore {
  /** Looks whether windows are kept at all; `undefined` where they are not. @throws CommandError where that is not seen */
  look(signal: AbortSignal): Promise<DownsamplingState | undefined>;
  /** Computes the windows of a time anew, of what is stored. The same time twice gives the same windows. */
  compute(startMs: number, stopMs: number, signal: AbortSignal): Promise<void>;
  /** Counts the events of each window, by its begin: of the points themselves, or as the windows have it. */
  counts(
    of: 'points' | 'windows',
    series: DownsampledSeries,
    during: TimeRange,
    signal: AbortSignal,
  ): Promise<Map<number, number>>;
}

/** A time, in milliseconds since the epoch; the end is left out. */
export interface TimeRange {
  readonly startMs: number;
  readonly stopMs: number;
}
