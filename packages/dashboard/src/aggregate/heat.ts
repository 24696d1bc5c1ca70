import { HEAT_FIRST_US, HEAT_SPANS, HEAT_SPANS_PER_DECADE, type Heat } from '../wire/messages.ts';
import type { SparseCounts } from './sparse-counts.ts';

/** The span that a duration is in. */
export function heatSpanOf(durationUs: number): number {
  if (durationUs < HEAT_FIRST_US) return 0;
  const span = 1 + Math.floor(Math.log10(durationUs / HEAT_FIRST_US) * HEAT_SPANS_PER_DECADE);
  return Math.min(span, HEAT_SPANS - 1);
}

/** Counts durations by span. */
export function heatCountsOf(durations: SparseCounts): number[] {
  const counts = Array.from({ length: HEAT_SPANS }, () => 0);
  durations.forEach((durationUs, count) => {
    const span = heatSpanOf(durationUs);
    counts[span] = (counts[span] ?? 0) + count;
  });
  return counts;
}

/** The same without the spans before the first and after the last that has any. */
export function heatOf(durations: SparseCounts | undefined): Heat {
  if (durations === undefined) return null;
  const counts = heatCountsOf(durations);
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  return first === -1 ? null : [first, ...counts.slice(first, last + 1)];
}
