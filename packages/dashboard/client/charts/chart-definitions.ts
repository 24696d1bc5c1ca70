import { NOTHING, formatBytes, formatCores, formatCount, formatDuration } from '../format.ts';
import type { SecondRow } from '../../src/wire/messages.ts';
import type { Moment } from '../state/view-state.ts';
import type { Usage } from '../state/usage.ts';

/** One line of a chart. */
export interface SeriesDefinition {
  /** As in the page's address. */
  readonly id: string;
  readonly title: string;
  /** Which of the colours; each has its own dashes, too. */
  readonly colour: 1 | 2 | 3 | 4 | 5 | 6;
  /** The series that it is counted from, which may be folded. */
  readonly of?: string;
  /** What a second has of it; `valueAt` is to be asked. */
  readonly valueOf: (moment: Moment) => number | null;
}

/** A chart of the page. */
export interface ChartDefinition {
  readonly id: string;
  readonly title: string;
  readonly format: (value: number) => string;
  /** The least that the vertical axis reaches to. */
  readonly minimumTop: number;
  /** Steps between the marks of the axis; those of round decimal numbers where it is not given. */
  readonly increments?: readonly number[];
  /** True where each power of ten has the same height: durations of one chart lie far apart. */
  readonly isLogarithmic?: boolean;
  /** True where the durations' heat map lies behind the lines. */
  readonly hasHeat?: boolean;
  /** What the process must use for it to be shown. */
  readonly needs?: keyof Usage;
  readonly series: readonly SeriesDefinition[];
}

const MILLISECOND_US = 1000;
const MIB = 1024 * 1024;

function percentileSeries(prefix: string, of: string, column: 3 | 5): SeriesDefinition[] {
  return [
    { id: `${prefix}-p50`, title: 'p50', colour: 1, of, valueOf: ({ row }) => row[column]?.[0] ?? null },
    { id: `${prefix}-p95`, title: 'p95', colour: 2, of, valueOf: ({ row }) => row[column]?.[1] ?? null },
    { id: `${prefix}-p99`, title: 'p99', colour: 3, of, valueOf: ({ row }) => row[column]?.[2] ?? null },
  ];
}

function requestSeries(
  id: string,
  title: string,
  colour: SeriesDefinition['colour'],
  countOf: (row: SecondRow) => number,
): SeriesDefinition {
  return { id, title, colour, of: 'requests', valueOf: ({ row }) => countOf(row) };
}

/** All charts of the page, in order. */
export const CHARTS: readonly ChartDefinition[] = [
  {
    id: 'requests',
    title: 'Requests a second',
    format: formatCount,
    minimumTop: 5,
    series: [
      requestSeries('requests', 'all', 1, (row) => row[1]),
      requestSeries('status-2xx', '2xx', 4, (row) => Math.max(0, row[1] - row[8] - row[9] - row[10] - row[11])),
      requestSeries('status-3xx', '3xx', 6, (row) => row[8]),
      requestSeries('status-4xx', '4xx', 2, (row) => row[9]),
      requestSeries('status-5xx', '5xx', 3, (row) => row[10]),
      requestSeries('status-499', '499', 5, (row) => row[11]),
    ],
  },
  {
    id: 'execution-time',
    title: 'Execution time',
    format: formatDuration,
    minimumTop: MILLISECOND_US,
    isLogarithmic: true,
    hasHeat: true,
    series: percentileSeries('execution', 'requests', 3),
  },
  {
    id: 'transport-time',
    title: 'Transport time',
    format: formatDuration,
    minimumTop: MILLISECOND_US,
    isLogarithmic: true,
    needs: 'sends',
    series: percentileSeries('transport', 'ws_requests', 5),
  },
  {
    id: 'messages',
    title: 'Messages a second',
    format: formatCount,
    minimumTop: 5,
    needs: 'messages',
    series: [
      { id: 'redis', title: 'Redis', colour: 1, of: 'redis_message', valueOf: ({ row }) => row[6] },
      { id: 'sends', title: 'sends', colour: 4, of: 'ws_requests', valueOf: ({ row }) => row[4] },
      { id: 'subscription-errors', title: 'errors', colour: 3, valueOf: ({ row }) => row[7] },
    ],
  },
  {
    id: 'cpu',
    title: 'CPU, of one core',
    format: formatCores,
    minimumTop: 0.1,
    series: [{ id: 'cpu', title: 'CPU', colour: 1, valueOf: ({ process }) => process?.[1] ?? null }],
  },
  {
    id: 'memory',
    title: 'Memory',
    format: (bytes) => (bytes === 0 ? '0' : formatBytes(bytes)),
    increments: Array.from({ length: 20 }, (_unused, power) => MIB * 2 ** power),
    minimumTop: 16 * MIB,
    series: [
      { id: 'rss', title: 'RSS', colour: 1, valueOf: ({ process }) => process?.[3] ?? null },
      { id: 'heap', title: 'heap', colour: 4, valueOf: ({ process }) => process?.[2] ?? null },
    ],
  },
  {
    id: 'loop',
    title: 'Event-loop delay, p99',
    format: formatDuration,
    minimumTop: MILLISECOND_US,
    series: [{ id: 'loop', title: 'delay', colour: 2, valueOf: ({ process }) => process?.[4] ?? null }],
  },
  {
    id: 'in-flight',
    title: 'Requests in flight',
    format: formatCount,
    minimumTop: 5,
    series: [{ id: 'in-flight', title: 'requests', colour: 4, valueOf: ({ process }) => process?.[5] ?? null }],
  },
];

/** The ids of all lines, in order. */
export const SERIES_IDS = CHARTS.flatMap(({ series }) => series.map(({ id }) => id));

/** What a second has of a line; `null` where nothing was measured, or its period is not over. */
export function valueAt({ of, valueOf }: SeriesDefinition, moment: Moment): number | null {
  return of !== undefined && moment.awaited.includes(of) ? null : valueOf(moment);
}

/** True where one of a chart's lines has not come yet at a second. */
export function isAwaited({ series }: ChartDefinition, { awaited }: Moment): boolean {
  return awaited.length > 0 && series.some(({ of }) => of !== undefined && awaited.includes(of));
}

/** A value as it is read: nothing where nothing was measured. */
export function formatValueOf({ format }: ChartDefinition, value: number | null): string {
  return value === null ? NOTHING : format(value);
}
