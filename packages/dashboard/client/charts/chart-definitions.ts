import type { SecondRow } from '../../src/wire/messages.ts';
import { formatCount, formatDuration } from '../format.ts';

/** One line of a chart. */
export interface SeriesDefinition {
  /** As in the page's address. */
  readonly id: string;
  readonly title: string;
  /** Which of the four colours. */
  readonly colour: 1 | 2 | 3 | 4;
  readonly valueOf: (row: SecondRow) => number | null;
}

export interface ChartDefinition {
  readonly id: string;
  readonly title: string;
  readonly format: (value: number) => string;
  /** The least that the vertical axis reaches to. */
  readonly minimumTop: number;
  readonly series: readonly SeriesDefinition[];
}

const MILLISECOND_US = 1000;

function percentileSeries(prefix: string, column: 3 | 5): SeriesDefinition[] {
  return [
    { id: `${prefix}-p50`, title: 'p50', colour: 1, valueOf: (row) => row[column]?.[0] ?? null },
    { id: `${prefix}-p95`, title: 'p95', colour: 2, valueOf: (row) => row[column]?.[1] ?? null },
    { id: `${prefix}-p99`, title: 'p99', colour: 3, valueOf: (row) => row[column]?.[2] ?? null },
  ];
}

export const CHARTS: readonly ChartDefinition[] = [
  {
    id: 'requests',
    title: 'Requests a second',
    format: formatCount,
    minimumTop: 5,
    series: [
      { id: 'requests', title: 'all', colour: 1, valueOf: (row) => row[1] },
      { id: 'failed', title: 'failed', colour: 3, valueOf: (row) => row[2] },
    ],
  },
  {
    id: 'execution-time',
    title: 'Execution time of requests',
    format: formatDuration,
    minimumTop: MILLISECOND_US,
    series: percentileSeries('execution', 3),
  },
  {
    id: 'transport-time',
    title: 'Transport time of sends',
    format: formatDuration,
    minimumTop: MILLISECOND_US,
    series: percentileSeries('transport', 5),
  },
  {
    id: 'messages',
    title: 'Messages a second',
    format: formatCount,
    minimumTop: 5,
    series: [
      { id: 'redis', title: 'Redis', colour: 1, valueOf: (row) => row[6] },
      { id: 'sends', title: 'sends', colour: 4, valueOf: (row) => row[4] },
      { id: 'subscription-errors', title: 'errors', colour: 3, valueOf: (row) => row[7] },
    ],
  },
];

/** The ids of all lines, in order. */
export const SERIES_IDS = CHARTS.flatMap(({ series }) => series.map(({ id }) => id));
