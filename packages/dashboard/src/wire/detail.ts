import type { SecondRow, Span, WirePercentiles } from './messages.ts';
import type { ShownTable } from './table-columns.ts';

/** What a drawer is of: a row of a table, or all requests that failed. */
export type DetailSubject = ShownTable | 'failed';

/** One request, send or message. Times are seconds since the epoch, durations microseconds. */
export interface DetailEvent {
  readonly time: number;
  /** Where it has none the text is empty. */
  readonly route: string;
  readonly status: string;
  readonly errorCode: string;
  readonly durationUs: number | null;
  readonly requestId: string;
  /** Where it is known of a summary only: how long the period is that begins at its time. */
  readonly periodSeconds?: number;
}

/** All that is in memory of one subject. */
export interface Detail extends Span {
  readonly subject: DetailSubject;
  readonly key: string;
  readonly count: number;
  readonly failedCount: number;
  readonly durations: WirePercentiles;
  /** As in a view, but of this subject alone: what it counts stands in the place of requests. */
  readonly seconds: readonly SecondRow[];
  /** How many durations each span has, as in `Heat`. */
  readonly histogram: readonly number[];
  /** The last failures, newest first; of what cannot fail the last events. */
  readonly last: readonly DetailEvent[];
  /** The slowest, slowest first. */
  readonly slowest: readonly DetailEvent[];
  /** First second of which a folded series has no figures yet; `null` where its events are all points. */
  readonly foldedTo: number | null;
}

export const DETAIL_SUBJECTS = [
  'failed',
  'routes',
  'errorCodes',
  'accounts',
  'channels',
  'subscriptionErrors',
] as const satisfies readonly DetailSubject[];
