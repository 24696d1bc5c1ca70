import type { ProcessRow, SecondRow, Snapshot, TableName, TableRow, Tick } from '../../src/wire/messages.ts';

/** What the page shows, put together from the messages of the stream. */
export interface View {
  readonly snapshot: Omit<Snapshot, 'process' | 'seconds' | 'tables'>;
  readonly seconds: ReadonlyMap<number, SecondRow>;
  readonly process: ReadonlyMap<number, ProcessRow>;
  readonly tables: Readonly<Record<TableName, ReadonlyMap<string, TableRow>>>;
}

/** What charts show of one second. */
export interface Moment {
  readonly second: number;
  readonly row: SecondRow;
  /** Nothing where nobody looked at the process. */
  readonly process: ProcessRow | undefined;
}

const NO_SECOND = [0, 0, null, 0, null, 0, 0, 0, 0, 0, 0, null] as const;

/** Makes a view of its first message. */
export function viewOf(snapshot: Snapshot): View {
  const { process, seconds, tables, ...rest } = snapshot;
  return {
    snapshot: rest,
    seconds: bySecond(seconds),
    process: bySecond(process),
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
export function withTick(view: View, { from, health, process, seconds, tables, to }: Tick): View {
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
  return {
    snapshot: { ...view.snapshot, from, to, health },
    seconds: withRows(view.seconds, seconds, from),
    process: withRows(view.process, process, from),
    tables: nextTables,
  };
}

/** One second; nothing happened in those that were not sent. */
export function secondOf(view: Pick<View, 'seconds'>, second: number): SecondRow {
  return view.seconds.get(second) ?? [second, ...NO_SECOND];
}

/** The seconds of a span, one each without a gap. */
export function momentsBetween(view: Pick<View, 'process' | 'seconds'>, from: number, to: number): Moment[] {
  return Array.from({ length: Math.max(0, to - from) }, (_unused, index) => {
    const second = from + index;
    return { second, row: secondOf(view, second), process: view.process.get(second) };
  });
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

/** The total of a key over the window. */
export function totalOf(view: View, key: string): TableRow {
  return view.tables.totals.get(key) ?? [key, 0, 0, null, '', 0];
}

function withRows<Row extends readonly [number, ...unknown[]]>(
  rows: ReadonlyMap<number, Row>,
  changed: readonly Row[],
  from: number,
): Map<number, Row> {
  const next = new Map(rows);
  for (const row of changed) next.set(row[0], row);
  for (const second of next.keys()) if (second < from) next.delete(second);
  return next;
}

function bySecond<Row extends readonly [number, ...unknown[]]>(rows: readonly Row[]): Map<number, Row> {
  return new Map(rows.map((row) => [row[0], row]));
}

function byKey(rows: readonly TableRow[]): Map<string, TableRow> {
  return new Map(rows.map((row) => [row[0], row]));
}
