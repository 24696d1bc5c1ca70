import {
  orderRows,
  TABLE_COLUMNS,
  valueOf,
  type ColumnId,
  type ShownTable,
  type TableOrder,
} from '../wire/table-columns.ts';
import type { SecondRow, Snapshot } from '../wire/messages.ts';

const MICROSECONDS = 1e6;
const STATUS_COLUMNS = 4;

const COLUMN_TITLES: Readonly<Record<ColumnId, string>> = {
  key: 'name',
  rate: 'per_second',
  count: 'count',
  failed: 'failed',
  failedShare: 'failed_share',
  p50: 'p50_seconds',
  p95: 'p95_seconds',
  p99: 'p99_seconds',
  last: 'last',
  lastSecond: 'last_at',
};

const KEY_TITLES: Readonly<Record<ShownTable, string>> = {
  routes: 'route',
  errorCodes: 'error_code',
  accounts: 'account_id',
  channels: 'channel',
  subscriptionErrors: 'error_code',
};

const LAST_TITLES: Readonly<Partial<Record<ShownTable, string>>> = { routes: 'last_status', errorCodes: 'last_route' };

const SECOND_TITLES = [
  'time',
  'requests',
  'failed_requests',
  'execution_p50_seconds',
  'execution_p95_seconds',
  'execution_p99_seconds',
  'sends',
  'transport_p50_seconds',
  'transport_p95_seconds',
  'transport_p99_seconds',
  'redis_messages',
  'subscription_errors',
  'status_3xx',
  'status_4xx',
  'status_5xx',
  'status_499',
];

/** A table as it is shown: the rows searched for, in the order chosen. */
export function tableAsCsv(snapshot: Snapshot, table: ShownTable, order: TableOrder): string {
  const columns = TABLE_COLUMNS[table];
  const spanSeconds = snapshot.to - snapshot.from;
  const titles = columns.map((column) => titleOf(table, column));
  const rows = orderRows(snapshot.tables[table], order, spanSeconds).map((row) =>
    columns.map((column) => cellOf(column, valueOf(row, column, spanSeconds))),
  );
  return joinCsv([titles, ...rows]);
}

/** What the charts show: a line for each second in which something happened. */
export function secondsAsCsv(snapshot: Snapshot): string {
  return joinCsv([SECOND_TITLES, ...snapshot.seconds.filter(([second]) => second < snapshot.to).map(secondCells)]);
}

function secondCells(row: SecondRow): string[] {
  const [second, requests, failed, execution, sends, transport, messages, errors, ...statuses] = row;
  const durations = (percentiles: SecondRow[3]): string[] =>
    percentiles === null ? ['', '', ''] : percentiles.map((value) => String(value / MICROSECONDS));
  return [
    isoTime(second),
    String(requests),
    String(failed),
    ...durations(execution),
    String(sends),
    ...durations(transport),
    String(messages),
    String(errors),
    ...statuses.slice(0, STATUS_COLUMNS).map(String),
  ];
}

function titleOf(table: ShownTable, column: ColumnId): string {
  if (column === 'key') return KEY_TITLES[table];
  return (column === 'last' ? LAST_TITLES[table] : undefined) ?? COLUMN_TITLES[column];
}

function cellOf(column: ColumnId, value: number | string | null): string {
  if (value === null) return '';
  if (typeof value === 'string') return column === 'key' && value === '' ? '(all others)' : value;
  if (column === 'lastSecond') return isoTime(value);
  return String(column === 'p50' || column === 'p95' || column === 'p99' ? value / MICROSECONDS : value);
}

function isoTime(second: number): string {
  return new Date(second * 1000).toISOString().replace('.000Z', 'Z');
}

function joinCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(quoteCell).join(',')}\r\n`).join('');
}

/** What begins a formula in some spreadsheet; blanks before it are passed over by some. */
const FORMULA = /^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/** The same, or a quote, after what separates cells where the comma does not: in most of Europe that is the semicolon. */
const LATER_FORMULA = /[;|\t](?=\s*(?:["=+\-@\uff1d\uff0b\uff0d\uff20]|$))/g;

/** What some spreadsheet would take for the end of a cell. */
const SEPARATOR = /[",;|\t\r\n]/;

/**
 * RFC 4180; and a name that a spreadsheet would run as a formula gets an apostrophe before it.
 *
 * In quotes a name is one cell in every locale, if the quotes are the first of the line: where the semicolon separates, all
 * before it is one cell, in which later quotes mean nothing. There the apostrophe stands behind the semicolon, too.
 */
function quoteCell(text: string, index: number): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  if (!SEPARATOR.test(safe)) return safe;
  return `"${(index === 0 ? safe : safe.replace(LATER_FORMULA, "$&'")).replaceAll('"', '""')}"`;
}
