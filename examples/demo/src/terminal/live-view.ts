import type { MonitoringStats } from '@influx-monitoring/core';
import { SERIES, type ObservedMonitoring } from '../figures/observed-monitoring.ts';
import { WINDOW_SECONDS } from '../figures/series-figures.ts';
import { formatCodes, formatCount, formatDuration } from './format.ts';
import type { Style } from './style.ts';
import { formatTable, type Column } from './table.ts';

/** What a live view is made from. */
export interface LiveState {
  readonly observed: ObservedMonitoring;
  readonly stats: MonitoringStats;
  readonly seconds: number;
  /** The last line that the sender logged. */
  readonly notice: string | undefined;
}

const COLUMNS: readonly Column[] = [
  { title: 'series', align: 'left' },
  { title: 'points', align: 'right' },
  { title: 'per s', align: 'right' },
  { title: 'p50', align: 'right' },
  { title: 'p95', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'by code', align: 'left' },
];

const SHOWN_CODES = 5;

/** The live figures as a table, for a terminal. */
export function formatLiveTable({ observed, stats, seconds, notice }: LiveState, style: Style): string[] {
  const rows = SERIES.map((series) => {
    const figures = observed.figures(series);
    const { ratePerSecond, percentiles, codes } = figures.recent();
    return [
      series,
      formatCount(figures.count),
      ratePerSecond.toFixed(1),
      ...percentiles.map(formatDuration),
      formatCodes(codes, SHOWN_CODES),
    ];
  });
  const [titles = '', ...lines] = formatTable(COLUMNS, rows);
  return [
    style.dim(`${String(seconds)} s; rate, percentiles and codes of the last ${String(WINDOW_SECONDS)} s`),
    '',
    style.bold(titles),
    ...lines,
    '',
    `delivery  ${formatDelivery(stats)}`,
    ...(stats.lastError === undefined ? [] : [style.red(`not delivered: ${stats.lastError}`)]),
    ...(notice === undefined ? [] : [style.red(`sender: ${notice}`)]),
  ];
}

/** The live figures as one line, for a log. */
export function formatLiveLine({ observed, stats, seconds, notice }: LiveState): string {
  const parts = SERIES.map((series) => {
    const { ratePerSecond, percentiles, codes } = observed.figures(series).recent();
    const durations = percentiles[0] === undefined ? '' : ` ${percentiles.map(formatDuration).join('/')}`;
    const errors = series === 'errors' || series === 'subscription_error' ? formatCodes(codes, SHOWN_CODES) : '';
    return `${series} ${ratePerSecond.toFixed(1)}/s${durations}${errors === '' ? '' : ` (${errors})`}`;
  });
  const troubles = [stats.lastError, notice].flatMap((text) => (text === undefined ? [] : [`! ${text}`]));
  return [`${String(seconds)} s`, ...parts, formatDelivery(stats), ...troubles].join(' | ');
}

function formatDelivery({ pending, delivered, dropped, deadLettered }: MonitoringStats): string {
  const parts = [`pending ${formatCount(pending)}`, `delivered ${formatCount(delivered)}`];
  parts.push(`dropped ${formatCount(dropped)}`);
  if (deadLettered > 0) parts.push(`dead-lettered ${formatCount(deadLettered)}`);
  return parts.join('  ');
}
