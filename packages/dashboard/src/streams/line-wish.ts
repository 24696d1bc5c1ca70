import { endOfSeries } from '@influx-monitoring/core/internal';

/** Says of a line, or of its head, whether somebody wants it. */
export type LineFilter = (line: string) => boolean;

/** How many series one reader may name: 20 with their summaries. */
const MAX_SERIES = 40;

/** Which lines a reader wants. */
export interface LineWish {
  /** Readers with equal keys want the same. */
  readonly key: string;
  readonly wants: LineFilter;
}

/**
 * Reads the series that a query names; none means all of them.
 *
 * @returns `undefined` where they are too many, or one has no name
 */
export function readLineWish(query: URLSearchParams): LineWish | undefined {
  const series = [...new Set(query.getAll('series'))].sort();
  if (series.length > MAX_SERIES || series.includes('')) return undefined;
  if (series.length === 0) return { key: '', wants: () => true };
  const wanted = new Set(series.map((name) => name.replace(/[, ]/g, '\\$&')));
  return {
    key: JSON.stringify(series),
    wants: (line) => wanted.has(line.slice(0, endOfSeries(line, 0))),
  };
}
