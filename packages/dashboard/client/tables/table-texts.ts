import type { ColumnId, ShownTable } from '../../src/wire/table-columns.ts';
import { formatCount, formatDuration, formatRate, formatShare, formatTime } from '../format.ts';

/** What a panel says of itself. */
export interface TableText {
  readonly title: string;
  readonly key: string;
  readonly last?: string;
  readonly empty: string;
}

/** What the panels say. */
export const TABLE_TEXTS: Readonly<Record<ShownTable, TableText>> = {
  routes: { title: 'Routes', key: 'Route', last: 'Status', empty: 'No request yet.' },
  errorCodes: { title: 'Errors by code', key: 'Code', last: 'Last route', empty: 'No request failed.' },
  accounts: { title: 'WebSocket sends by account', key: 'Account', empty: 'Nothing was sent in answer to Redis.' },
  channels: { title: 'Redis messages by channel', key: 'Channel', empty: 'No message yet.' },
  subscriptionErrors: { title: 'Subscription errors', key: 'Code', empty: 'None.' },
};

/** What the row of all names that a table does not tell apart is called. */
export const OTHER_KEY_TEXT = '(all others)';

const COLUMN_TITLES: Readonly<Record<ColumnId, string>> = {
  key: 'Name',
  rate: 'Rate/s',
  count: 'Count',
  failed: 'Failed',
  failedShare: 'Fail %',
  p50: 'p50',
  p95: 'p95',
  p99: 'p99',
  last: 'Last',
  lastSecond: 'Last at',
};

/** What stands above a column. */
export function columnTitle(table: ShownTable, column: ColumnId): string {
  const text = TABLE_TEXTS[table];
  if (column === 'key') return text.key;
  return (column === 'last' ? text.last : undefined) ?? COLUMN_TITLES[column];
}

/** A value as a table shows it. */
export function formatColumn(column: ColumnId, value: number | string | null): string {
  if (typeof value === 'string') return column === 'key' && value === '' ? OTHER_KEY_TEXT : value;
  switch (column) {
    case 'rate':
      return formatRate(value ?? 0);
    case 'failedShare':
      return formatShare(value ?? 0);
    case 'p50':
    case 'p95':
    case 'p99':
      return formatDuration(value);
    case 'lastSecond':
      return formatTime(value ?? 0);
    default:
      return formatCount(value ?? 0);
  }
}
