import { processWide } from '../process/process-wide.ts';
import type { ResolvedAggregateOptions } from './folding-options.ts';

/** What the series of summaries is called: the folded one, and this. */
export const SUMMARY_SUFFIX = '_summary';

/** Which series a monitoring folds, and over which period: what reads its points must know it. */
export type FoldedSeries = Pick<ResolvedAggregateOptions, 'periodSeconds' | 'series'>;

function known(): WeakMap<object, FoldedSeries> {
  return processWide('core.folded-series', 1, () => new WeakMap());
}

/** Says what a new monitoring folds. */
export function setFoldedSeries(monitoring: object, { periodSeconds, series }: FoldedSeries): void {
  known().set(monitoring, { periodSeconds, series });
}

/**
 * The share of events to record, where the application asks for a sample: all of a series that is folded, since a fold of a
 * sample would count too few.
 */
export function sampleRateOf(monitoring: object, series: FoldedSeries['series'][number], askedFor: number): number {
  return known().get(monitoring)?.series.includes(series) === true ? 1 : askedFor;
}

/** @returns `undefined` where a monitoring folds none of the series of this library */
export function foldedSeriesOf(monitoring: object): FoldedSeries | undefined {
  const folded = known().get(monitoring);
  return folded === undefined || folded.series.length === 0 ? undefined : folded;
}
