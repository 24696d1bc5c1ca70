import type { Histogram } from 'hdr-histogram-js';
import type { TableName } from '../wire/messages.ts';
import { createHistogram, readPercentiles, type Percentiles } from './percentiles.ts';
import { SparseCounts } from './sparse-counts.ts';

/** Lengths of the windows that are kept up to date, in seconds; the last one is how long anything is kept. */
export const WINDOW_SECONDS = [300, 900] as const;

/** Counts move out of a window in steps of this many seconds. */
export const SLOT_SECONDS = 5;

/** Keys that a table tells apart; all others share the row of the empty key. Names come from outside. */
export const MAX_ROWS = 250;

/** The key of the row that all keys beyond `MAX_ROWS` share; no tag value is empty. */
export const OTHER_KEY = '';

/** What one row counted in one window. */
export interface WindowCounts {
  count: number;
  failedCount: number;
  /** What was added before it was last read, less what was taken out. */
  histogram: Histogram | undefined;
  /** What was added since: many equal durations become one step into the histogram. */
  added: SparseCounts | undefined;
  /** Grows with each change, so that a row that did not change is not sent again. */
  version: number;
}

/** One row of a table, with its counts in each window. */
export interface Row {
  readonly table: TableName;
  readonly key: string;
  readonly windows: readonly WindowCounts[];
  last: string;
  lastSecond: number;
  /** How many events said so, where several summaries are of that second. */
  lastCount: number;
}

/** What one row counted in one slot of time. */
export interface Cell {
  count: number;
  failedCount: number;
  durations: SparseCounts | undefined;
}

/** One point as a table counts it. */
export interface Measure {
  /** How many events the point stands for. */
  readonly weight: number;
  readonly isFailed: boolean;
  /** In whole microseconds. */
  readonly durationUs: number | undefined;
}

/** A bounded table of rows by key. */
export class WindowTable {
  readonly #name: TableName;
  readonly #rows = new Map<string, Row>();

  constructor(name: TableName) {
    this.#name = name;
  }

  get rows(): Iterable<Row> {
    return this.#rows.values();
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  /** The row of a key, made where there is room for one, else that of all others. */
  rowOf(key: string): Row {
    return this.#rows.get(key) ?? (this.#rows.size < MAX_ROWS ? this.#create(key) : undefined) ?? this.#otherRow();
  }

  /** Makes room for another key. A row that was removed before does nothing. */
  remove(row: Row): void {
    if (this.#rows.get(row.key) === row) this.#rows.delete(row.key);
  }

  #otherRow(): Row {
    return this.#rows.get(OTHER_KEY) ?? this.#create(OTHER_KEY);
  }

  #create(key: string): Row {
    const windows = WINDOW_SECONDS.map(createCounts);
    const row: Row = { table: this.#name, key, windows, last: '', lastSecond: 0, lastCount: 0 };
    this.#rows.set(key, row);
    return row;
  }
}

export function createCounts(): WindowCounts {
  return { count: 0, failedCount: 0, histogram: undefined, added: undefined, version: 0 };
}

export function createCell(): Cell {
  return { count: 0, failedCount: 0, durations: undefined };
}

/** @returns by how many bytes the cell grew */
export function addToCell(cell: Cell, { weight, isFailed, durationUs }: Measure): number {
  cell.count += weight;
  if (isFailed) cell.failedCount += weight;
  if (durationUs === undefined) return 0;
  const before = cell.durations?.byteCount ?? 0;
  cell.durations ??= new SparseCounts();
  cell.durations.add(durationUs, wholeWeight(weight));
  return cell.durations.byteCount - before;
}

export function addToWindow(counts: WindowCounts, { weight, isFailed, durationUs }: Measure): void {
  counts.count += weight;
  if (isFailed) counts.failedCount += weight;
  counts.version += 1;
  if (durationUs === undefined) return;
  counts.added ??= new SparseCounts();
  counts.added.add(durationUs, wholeWeight(weight));
}

/** The percentiles of a window's durations. */
export function percentilesOf(counts: WindowCounts): Percentiles {
  const { added } = counts;
  if (added !== undefined) {
    addToHistogram((counts.histogram ??= createHistogram()), added, 1);
    counts.added = undefined;
  }
  return readPercentiles(counts.histogram);
}

/** Adds a cell to a window's counts, or takes it out where the sign is -1. */
export function moveCell(counts: WindowCounts, cell: Cell, sign: 1 | -1): void {
  counts.count += sign * cell.count;
  counts.failedCount += sign * cell.failedCount;
  counts.version += 1;
  if (cell.durations === undefined) return;
  addToHistogram((counts.histogram ??= createHistogram()), cell.durations, sign);
}

function addToHistogram(histogram: Histogram, durations: SparseCounts, sign: 1 | -1): void {
  durations.forEach((durationUs, count) => {
    histogram.recordValueWithCount(durationUs, sign * count);
  });
}

/** A histogram counts whole events; a sampled point of weight 3.3 is 3 of them. */
function wholeWeight(weight: number): number {
  return Math.max(1, Math.round(weight));
}
