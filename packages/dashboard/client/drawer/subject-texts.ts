import type { DetailSubject } from '../../src/wire/detail.ts';
import type { ChartDefinition, SeriesDefinition } from '../charts/chart-definitions.ts';
import { formatCount, formatDuration } from '../format.ts';
import type { DrawerAddress } from '../state/address.ts';

/** What the drawer says of a kind of subject. */
export interface SubjectText {
  readonly title: string;
  /** What it counts. */
  readonly counted: string;
  readonly last: string;
  /** The series and the tag that `tail` shows; no tag for all. */
  readonly series: readonly string[];
  readonly tag?: string;
  readonly hasStatus: boolean;
  readonly hasDurations: boolean;
}

/** What the drawer says. */
export const SUBJECT_TEXTS: Readonly<Record<DetailSubject, SubjectText>> = {
  failed: {
    title: 'Failed requests',
    counted: 'Failures',
    last: 'Last failures',
    series: ['errors'],
    hasStatus: true,
    hasDurations: true,
  },
  routes: {
    title: 'Route',
    counted: 'Requests',
    last: 'Last failures',
    series: ['requests', 'errors'],
    tag: 'route',
    hasStatus: true,
    hasDurations: true,
  },
  errorCodes: {
    title: 'Error code',
    counted: 'Failures',
    last: 'Last failures',
    series: ['errors'],
    tag: 'error_code',
    hasStatus: true,
    hasDurations: true,
  },
  accounts: {
    title: 'Account',
    counted: 'Sends',
    last: 'Last sends',
    series: ['ws_requests'],
    tag: 'account_id',
    hasStatus: false,
    hasDurations: true,
  },
  channels: {
    title: 'Channel',
    counted: 'Messages',
    last: 'Last messages',
    series: ['redis_message'],
    tag: 'chanel',
    hasStatus: false,
    hasDurations: false,
  },
  subscriptionErrors: {
    title: 'Subscription error',
    counted: 'Errors',
    last: 'Last errors',
    series: ['subscription_error'],
    tag: 'error_code',
    hasStatus: false,
    hasDurations: false,
  },
};

/** What the lines of a drawer's charts are of, whatever its subject. */
export const COUNTED_HERE = 'counted-here';

const FAILED: SeriesDefinition = {
  id: 'detail-failed',
  title: 'failed',
  colour: 3,
  of: COUNTED_HERE,
  valueOf: ({ row }) => row[2],
};

/** The charts of a drawer: as those of the page, of one subject. */
export function drawerCharts({ counted, hasDurations, hasStatus }: SubjectText): ChartDefinition[] {
  const rate: ChartDefinition = {
    id: 'detail-rate',
    title: `${counted} a second`,
    format: formatCount,
    minimumTop: 2,
    series: [
      { id: 'detail-all', title: 'all', colour: 1, of: COUNTED_HERE, valueOf: ({ row }) => row[1] },
      ...(hasStatus ? [FAILED] : []),
    ],
  };
  if (!hasDurations) return [rate];
  const durations: ChartDefinition = {
    id: 'detail-durations',
    title: 'Durations',
    format: formatDuration,
    minimumTop: 1000,
    isLogarithmic: true,
    hasHeat: true,
    series: [
      { id: 'detail-p50', title: 'p50', colour: 1, of: COUNTED_HERE, valueOf: ({ row }) => row[3]?.[0] ?? null },
      { id: 'detail-p95', title: 'p95', colour: 2, of: COUNTED_HERE, valueOf: ({ row }) => row[3]?.[1] ?? null },
      { id: 'detail-p99', title: 'p99', colour: 3, of: COUNTED_HERE, valueOf: ({ row }) => row[3]?.[2] ?? null },
    ],
  };
  return [rate, durations];
}

/** The command that shows the points of a subject as they come. */
export function tailCommandOf({ key, subject }: DrawerAddress, page: string): string {
  const { series, tag } = SUBJECT_TEXTS[subject];
  const words = ['npx', 'influx-monitoring', 'tail', quoteWord(page)];
  for (const name of series) words.push('--series', name);
  if (tag !== undefined) words.push('--tag', quoteWord(`${tag}=${key}`));
  words.push('--since', '15m');
  return words.join(' ');
}

/** What a shell takes as one word, whatever stands in it. */
function quoteWord(word: string): string {
  return /^[\w:/.@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
