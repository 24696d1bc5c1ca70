import type { TableName, TableRow } from './messages.ts';

/** The tables that are shown as such; `totals` are the figures above them. */
export type ShownTable = Exclude<TableName, 'totals'>;

/** What a column of a table holds. */
export type ColumnId =
  'key' | 'rate' | 'count' | 'failed' | 'failedShare' | 'p50' | 'p95' | 'p99' | 'last' | 'lastSecond';

/** The order and the choice of rows. */
export interface TableOrder {
  readonly column: ColumnId;
  readonly isDescending: boolean;
  /** Only rows that have this in their key or in `last`, whatever the case; all where it is empty. */
  readonly search: string;
}

/** The columns of each table, in order; page and CSV have the same. */
export const TABLE_COLUMNS: Readonly<Record<ShownTable, readonly ColumnId[]>> = {
  routes: ['key', 'rate', 'p50', 'p95', 'p99', 'count', 'failed', 'failedShare', 'last'],
  errorCodes: ['key', 'count', 'rate', 'last', 'lastSecond'],
  accounts: ['key', 'rate', 'p50', 'p95', 'p99', 'count'],
  channels: ['key', 'rate', 'count', 'lastSecond'],
  subscriptionErrors: ['key', 'count', 'rate', 'lastSecond'],
};

export const SHOWN_TABLES = [
  'routes',
  'errorCodes',
  'accounts',
  'channels',
  'subscriptionErrors',
] as const satisfies readonly ShownTable[];

export function isShownTable(name: string | null): name is ShownTable {
  return SHOWN_TABLES.some((table) => table === name);
}

const VALUES: Readonly<Record<ColumnId, (row: TableRow, spanSeconds: number) => number | string | null>> = {
  key: ([key]) => key,
  rate: ([, count], spanSeconds) => count / Math.max(spanSeconds, 1),
  count: ([, count]) => count,
  failed: ([, , failedCount]) => failedCount,
  failedShare: ([, count, failedCount]) => (count === 0 ? 0 : failedCount / count),
  p50: ([, , , durations]) => durations?.[0] ?? null,
  p95: ([, , , durations]) => durations?.[1] ?? null,
  p99: ([, , , durations]) => durations?.[2] ?? null,
  last: ([, , , , last]) => last,
  lastSecond: ([, , , , , lastSecond]) => lastSecond,
};

/** What a row has in a column: microseconds for percentiles, a second's events for the rate, a share from 0 to 1. */
export function valueOf(row: TableRow, column: ColumnId, spanSeconds: number): number | string | null {
  return VALUES[column](row, spanSeconds);
}

/** The rows that are asked for, in the order asked for; those of equal value by their key. */
export function orderRows(rows: readonly TableRow[], order: TableOrder, spanSeconds: number): TableRow[] {
  const search = order.search.toLowerCase();
  const sign = order.isDescending ? -1 : 1;
  return rows
    .filter(([key, , , , last]) => `${key}\n${last}`.toLowerCase().includes(search))
    .map((row) => ({ row, value: valueOf(row, order.column, spanSeconds) }))
    .sort((a, b) => sign * compareValues(a.value, b.value) || compareValues(a.row[0], b.row[0]))
    .map(({ row }) => row);
}

/** The order that a table has until somebody asks for another. */
export function defaultOrder(table: ShownTable): TableOrder {
  return { column: table === 'routes' || table === 'accounts' ? 'rate' : 'count', isDescending: true, search: '' };
}

/** What was not measured comes before all that was. */
function compareValues(a: number | string | null, b: number | string | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}
