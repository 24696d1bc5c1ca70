import type { MonitoringStats } from '@influx-monitoring/core';
import { SERIES, type ObservedMonitoring } from '../figures/observed-monitoring.ts';
import { formatCodes, formatCount, formatDuration } from './format.ts';
import type { Style } from './style.ts';
import { formatTable, type Column } from './table.ts';

/** What a summary is made from. */
export interface SummaryState {
  readonly observed: ObservedMonitoring;
  readonly stats: MonitoringStats;
  readonly seconds: number;
  /** Where the points went. */
  readonly destination: string;
}

const COLUMNS: readonly Column[] = [
  { title: 'series', align: 'left' },
  { title: 'recorded', align: 'right' },
  { title: 'delivered', align: 'right' },
  { title: 'per s', align: 'right' },
  { title: 'p50', align: 'right' },
  { title: 'p95', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'by code', align: 'left' },
];

const SHOWN_CODES = 8;

/** The figures of the whole run, and what became of the points. */
export function formatSummary({ observed, stats, seconds, destination }: SummaryState, style: Style): string[] {
  const rows = SERIES.map((series) => {
    const { count, ratePerSecond, percentiles, codes } = observed.figures(series).whole(seconds);
    return [
      series,
      formatCount(count),
      formatCount(observed.deliveredCount(series)),
      ratePerSecond.toFixed(1),
      ...percentiles.map(formatDuration),
      formatCodes(codes, SHOWN_CODES),
    ];
  });
  const [titles = '', ...lines] = formatTable(COLUMNS, rows);
  return [
    '',
    `${seconds.toFixed(1)} s of traffic; points went to ${destination}`,
    '',
    style.bold(titles),
    ...lines,
    '',
    formatBalance(stats, style),
    ...stats.drops.map(
      ({ series, reason, count }) => `dropped: ${formatCount(count)} of ${series || 'unknown series'} (${reason})`,
    ),
    ...(stats.lastError === undefined ? [] : [style.red(`last error: ${stats.lastError}`)]),
  ];
}

/** Whether `stats()` has an account of each point. */
export function isBalanced({ recorded, delivered, pending, dropped, deadLettered }: MonitoringStats): boolean {
  return recorded === delivered + pending + dropped + deadLettered;
}

function formatBalance(stats: MonitoringStats, style: Style): string {
  const { recorded, delivered, pending, dropped, deadLettered } = stats;
  const sum =
    `delivered ${formatCount(delivered)} + pending ${formatCount(pending)} + ` +
    `dropped ${formatCount(dropped)} + dead-lettered ${formatCount(deadLettered)}`;
  return isBalanced(stats)
    ? style.green(`delivery  recorded ${formatCount(recorded)} = ${sum}`)
    : style.red(`delivery  recorded ${formatCount(recorded)}, but ${sum}`);
}
