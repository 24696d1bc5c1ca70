import type { SecondRow, Snapshot, TableName, TableRow, Tick } from '../../src/wire/messages.ts';

/** What the page shows, put together from the messages of the stream. */
export interface View {
  readonly snapshot: Omit<Snapshot, 'seconds' | 'tables'>;
  readonly seconds: ReadonlyMap<number, SecondRow>;
  readonly tables: Readonly<Record<TableName, ReadonlyMap<string, TableRow>>>;
}

const NO_SECOND = [0, 0, null, 0, null, 0, 0] as const;

export function viewOf(snapshot: Snapshot): View {
  const { seconds, tables, ...rest } = snapshot;
  return {
    snapshot: rest,
    seconds: new Map(seconds.map((row) => [row[0], row])),
    tables: {
      accounts: byKey(tables.accounts),
      channels: byKey(tables.channels),
      errorCodes: byKey(tables.errorCodes),
      routes: byKey(tables.routes),
      subscriptionErrors: byKey(tables.subscriptionErrors),
      totals: byKey(tables.totals),
    },
  };
}

/** The view after a message of changes. */
export function withTick(view: View, { from, health, seconds, tables, to }: Tick): View {
  const nextSeconds = new Map(view.seconds);
  for (const row of seconds) nextSeconds.set(row[0], row);
  for (const second of nextSeconds.keys()) if (second < from) nextSeconds.delete(second);
  const nextTables = { ...view.tables };
  for (const [name, change] of Object.entries(tables)) {
    // Object.entries widens the keys; those of `tables` are names of tables.
    const tableName = name as TableName;
    const rows = new Map(view.tables[tableName]);
    // A key may go and come again within one message: it is there then.
    for (const key of change.gone) rows.delete(key);
    for (const row of change.changed) rows.set(row[0], row);
    nextTables[tableName] = rows;
  }
  return { snapshot: { ...view.snapshot, from, to, health }, seconds: nextSeconds, tables: nextTables };
}

/** One second of a view; nothing happened in those that were not sent. */
export function secondOf(view: View, second: number): SecondRow {
  return view.seconds.get(second) ?? [second, ...NO_SECOND];
}

/** The last complete seconds, at most so many and none from before the history began. */
export function lastSeconds(view: View, count: number): SecondRow[] {
  const { from, to } = view.snapshot;
  const first = Math.max(from, to - count);
  return Array.from({ length: Math.max(0, to - first) }, (_unused, index) => secondOf(view, first + index));
}

/** How many seconds the counts are of. */
export function spanSecondsOf(view: View): number {
  return Math.max(1, view.snapshot.to - view.snapshot.from);
}

function byKey(rows: readonly TableRow[]): Map<string, TableRow> {
  return new Map(rows.map((row) => [row[0], row]));
}
