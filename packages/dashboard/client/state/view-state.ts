import type { ProcessRow, SecondRow, Snapshot, Span, TableName, TableRow, Tick } from '../../src/wire/messages.ts';

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
  /** Series whose figures of this second have not come yet: they are folded, and the period is not over. */
  readonly awaited: readonly string[];
}

const NONE: readonly string[] = [];

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
export function withTick(view: View, { folded, from, health, process, seconds, tables, to }: Tick): View {
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
    snapshot: { ...view.snapshot, from, to, folded, health },
    seconds: withRows(view.seconds, seconds, from),
    process: withRows(view.process, process, from),
    tables: nextTables,
  };
}

/** One second; nothing happened in those that were not sent. */
export function secondOf(view: Pick<View, 'seconds'>, second: number): SecondRow {
  return view.seconds.get(second) ?? [second, ...NO_SECOND];
}

/** The seconds of a span, one each without a gap. @param folded - series whose figures go as far as its `to` */
export function momentsBetween(
  view: Pick<View, 'process' | 'seconds'>,
  { from, to }: Span,
  folded: { readonly series: readonly string[]; readonly to: number } | null,
): Moment[] {
  return Array.from({ length: Math.max(0, to - from) }, (_unused, index) => {
    const second = from + index;
    const awaited = folded !== null && second >= folded.to ? folded.series : NONE;
    // It is looked at once a second, but not in each second of the clock.
    const process = view.process.get(second) ?? view.process.get(second - 1);
    return { second, row: secondOf(view, second), process, awaited };
  });
}

/**
 * The last complete seconds, at most so many and none from before the history began; of a folded series those of its last
 * periods, at least one.
 */
export function lastSeconds({ seconds, snapshot }: View, count: number, series = ''): SecondRow[] {
  const { folded } = snapshot;
  const isFolded = folded?.series.some((name) => name === series) === true;
  const to = isFolded ? Math.min(folded.to, snapshot.to) : snapshot.to;
  const first = Math.max(snapshot.from, to - (isFolded ? Math.max(count, folded.periodSeconds) : count));
  return Array.from({ length: Math.max(0, to - first) }, (_unused, index) => secondOf({ seconds }, first + index));
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
