import type { Aggregate } from '../aggregate/aggregate.ts';
import { TABLE_NAMES } from '../aggregate/aggregate.ts';
import {
  createCounts,
  moveCell,
  percentilesOf,
  SLOT_SECONDS,
  WINDOW_SECONDS,
  type Row,
  type WindowCounts,
} from '../aggregate/window-table.ts';
import type { TurnBudget } from '../store/turn-budget.ts';
import type { SecondRow, Span, TableName, TableRow, WindowMinutes } from '../wire/messages.ts';

/** What a view shows, without who shows it. */
export interface ViewData extends Span {
  readonly seconds: readonly SecondRow[];
  readonly tables: Readonly<Record<TableName, readonly TableRow[]>>;
}

const SECONDS_PER_MINUTE = 60;

/** The index in `WINDOW_SECONDS` of a window. */
export function windowIndexOf(minutes: WindowMinutes): number {
  return WINDOW_SECONDS.findIndex((seconds) => seconds === minutes * SECONDS_PER_MINUTE);
}

export function tableRowOf(row: Row, counts: WindowCounts): TableRow {
  return [
    row.key,
    roundCount(counts.count),
    roundCount(counts.failedCount),
    percentilesOf(counts),
    row.last,
    row.lastSecond,
  ];
}

/** True where a row has something to show. */
export function hasCounts(counts: WindowCounts): boolean {
  return counts.count > 1e-6;
}

/** A window of the past, or a part of one. */
export interface PastSpan {
  /** First second from which all points are there. */
  readonly firstSecond: number;
  /** First second that is wanted; the whole window where it is not given. */
  readonly from?: number | undefined;
  readonly minutes: WindowMinutes;
  readonly to: number;
}

/**
 * Adds up a window that ended in the past, or just now.
 *
 * @param to - end of the window; it is moved back to where a slot begins, so that everybody's sum is the same
 */
export async function sumView(
  aggregate: Aggregate,
  { firstSecond, from: wantedFrom, minutes, to }: PastSpan,
  budget: TurnBudget,
): Promise<ViewData> {
  const end = slotBefore(to);
  const wanted = wantedFrom === undefined ? end - minutes * SECONDS_PER_MINUTE : slotBefore(wantedFrom);
  const from = Math.max(wanted, aggregate.firstSecond(WINDOW_SECONDS.length - 1));
  const sums = new Map<Row, WindowCounts>();
  for (const [row, cell] of aggregate.cellsBetween(from, end)) {
    let counts = sums.get(row);
    if (counts === undefined) sums.set(row, (counts = createCounts()));
    moveCell(counts, cell, 1);
    if (budget.isOver) await budget.rest();
  }
  const tables = emptyTables();
  for (const [row, counts] of sums) {
    tables[row.table].push(tableRowOf(row, counts));
    if (budget.isOver) await budget.rest();
  }
  return {
    from: Math.max(from, firstSecond),
    to: end,
    seconds: await secondRows(aggregate, aggregate.seconds.between(from, end), budget),
    tables,
  };
}

export async function secondRows(
  aggregate: Aggregate,
  seconds: readonly number[],
  budget: TurnBudget,
): Promise<SecondRow[]> {
  const rows: SecondRow[] = [];
  for (const second of seconds) {
    const row = aggregate.seconds.rowOf(second);
    if (row !== undefined) rows.push(row);
    if (budget.isOver) await budget.rest();
  }
  return rows;
}

export function emptyTables(): Record<TableName, TableRow[]> {
  // The entries are made of all table names, each once.
  return Object.fromEntries(TABLE_NAMES.map((name): [TableName, TableRow[]] => [name, []])) as Record<
    TableName,
    TableRow[]
  >;
}

/** Counts of sampled points are shares; three decimals are plenty. */
function roundCount(count: number): number {
  return Math.round(count * 1000) / 1000;
}

/** Where the slot of a second begins. */
function slotBefore(second: number): number {
  return Math.floor(second / SLOT_SECONDS) * SLOT_SECONDS;
}
