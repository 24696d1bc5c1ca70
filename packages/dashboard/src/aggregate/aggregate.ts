import { createScannedLine, scanLine, type FoldedSeries, type ScannedLine } from '@influx-monitoring/core/internal';
import type { TableName } from '../wire/messages.ts';
import { FoldedEvents, type FoldedTime } from './folded-events.ts';
import { LineMeanings, type LineMeaning } from './line-meaning.ts';
import { measureOf } from './measure.ts';
import { SecondSeries } from './second-series.ts';
import {
  addToCell,
  addToWindow,
  createCell,
  moveCell,
  SLOT_SECONDS,
  WINDOW_SECONDS,
  WindowTable,
  type Cell,
  type Measure,
  type Row,
} from './window-table.ts';

/** Names of the tables, in the order they are sent. */
export const TABLE_NAMES = [
  'totals',
  'routes',
  'errorCodes',
  'accounts',
  'channels',
  'subscriptionErrors',
] as const satisfies readonly TableName[];

/** Bytes that the counts may take; then the oldest time is forgotten. */
export const DEFAULT_MAX_AGGREGATE_BYTES = 64 * 1024 * 1024;

/** What an aggregate is made from. */
export interface AggregateOptions {
  /** The series whose events are folded, and when the process began. @defaultValue none are */
  readonly folded?: (FoldedSeries & FoldedTime) | undefined;
  /** @defaultValue `DEFAULT_MAX_AGGREGATE_BYTES` */
  readonly maxBytes?: number | undefined;
}

/** What a cell takes beside its durations: object, map entry, typed array. An estimate on the safe side. */
const CELL_BYTES = 256;

interface Slot {
  readonly cells: Map<Row, Cell>;
  byteCount: number;
}

/**
 * Counts points into tables and seconds, each point once, however many look on.
 *
 * Time is cut into slots of five seconds. A window's counts grow with each point, and shrink by a slot when that is
 * over; so a view is read without adding up anything.
 */
export class Aggregate {
  readonly tables: Readonly<Record<TableName, WindowTable>> = {
    accounts: new WindowTable('accounts'),
    channels: new WindowTable('channels'),
    errorCodes: new WindowTable('errorCodes'),
    routes: new WindowTable('routes'),
    subscriptionErrors: new WindowTable('subscriptionErrors'),
    totals: new WindowTable('totals'),
  };
  readonly seconds = new SecondSeries();
  readonly #folded: FoldedTime | undefined;
  readonly #meanings: LineMeanings;
  readonly #slots = new Map<number, Slot>();
  readonly #maxBytes: number;
  /** The first slot of each window. */
  readonly #firstSlots: number[];
  readonly #line: ScannedLine = createScannedLine();
  #byteCount = 0;
  #stepCount = 0;
  #now: number;

  /** @param now - seconds since the epoch */
  constructor(now: number, { folded, maxBytes = DEFAULT_MAX_AGGREGATE_BYTES }: AggregateOptions = {}) {
    this.#now = now;
    this.#folded = folded;
    this.#meanings = new LineMeanings(folded);
    this.#maxBytes = maxBytes;
    this.#firstSlots = WINDOW_SECONDS.map((length) => slotOf(now - length));
  }

  /** Bytes that the counts take, about. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** How much work was done, in steps of about the same length. */
  get stepCount(): number {
    return this.#stepCount;
  }

  /** The first second that a window counts. @param windowIndex - index in `WINDOW_SECONDS` */
  firstSecond(windowIndex: number): number {
    return (this.#firstSlots[windowIndex] ?? 0) * SLOT_SECONDS;
  }

  /** Counts the line that begins at an index of a batch. @returns where the next one begins */
  addLine(text: string, start: number): number {
    const line = this.#line;
    scanLine(text, start, line);
    const meaning = this.#meanings.of(line.head);
    this.#stepCount += 1;
    if (meaning?.countedAs === 'event') this.#add(meaning, text, line);
    else if (meaning?.countedAs === 'summary') this.#addSummary(meaning, text, line);
    return line.nextStart;
  }

  /** Moves the windows on to a time, and keeps the bound of memory; in steps, between which other work may be done. */
  *advance(now: number): Generator<void> {
    this.#now = now;
    for (const [index, length] of WINDOW_SECONDS.entries()) yield* this.#moveStart(index, slotOf(now - length));
    while (this.#byteCount > this.#maxBytes && this.#slots.size > 1) {
      const next = Math.min(...this.#slots.keys()) + 1;
      for (const index of WINDOW_SECONDS.keys()) yield* this.#moveStart(index, next);
    }
  }

  /** The slots of a span, for a view of the past. Both ends are multiples of `SLOT_SECONDS`. */
  *cellsBetween(from: number, to: number): Generator<readonly [Row, Cell]> {
    for (const [slotNumber, slot] of this.#slots) {
      if (slotNumber >= slotOf(from) && slotNumber < slotOf(to)) yield* slot.cells;
    }
  }

  #add(meaning: LineMeaning, text: string, line: ScannedLine): void {
    const slotNumber = slotOf(line.second);
    // A request that took longer than the window is too old by the time it is known.
    if (!(slotNumber >= (this.#firstSlots.at(-1) ?? 0))) return;
    const measure = measureOf(meaning, text, line);
    const slot = this.#slotAt(slotNumber);
    this.#addToRows(meaning, this.#rowOf(meaning, line.second, Infinity), slotNumber, slot, measure);
    this.seconds.addEvents(line.second, meaning, measure.weight);
    this.#measureInSecond(meaning, line.second, measure, slot);
  }

  /** Counts what a summary stands for; of each second of its period it has all of the period's durations. */
  #addSummary(meaning: LineMeaning, text: string, line: ScannedLine): void {
    if (this.#folded === undefined) return;
    const events = new FoldedEvents(meaning, text, line, this.#folded);
    const { isFailed } = meaning;
    const firstSlot = Math.max(slotOf(events.from), this.#firstSlots.at(-1) ?? 0);
    const lastSlot = slotOf(events.to - 1);
    if (!(firstSlot <= lastSlot)) return;
    const row = this.#rowOf(
      meaning,
      Math.min(events.to - 1, Math.floor(this.#now)),
      events.countBetween(events.from, events.to),
    );
    for (let slotNumber = firstSlot; slotNumber <= lastSlot; slotNumber += 1) {
      const slot = this.#slotAt(slotNumber);
      const start = slotNumber * SLOT_SECONDS;
      events.forEachBetween(start, start + SLOT_SECONDS, (weight, durationUs) => {
        this.#addToRows(meaning, row, slotNumber, slot, { weight, isFailed, durationUs });
      });
      const end = Math.min(start + SLOT_SECONDS, events.to);
      for (let second = Math.max(start, events.from); second < end; second += 1) {
        this.seconds.addEvents(second, meaning, events.countBetween(second, second + 1));
        for (const { count: weight, durationUs } of events.bins) {
          this.#measureInSecond(meaning, second, { weight, isFailed, durationUs }, slot);
        }
      }
    }
  }

  /** @param second - when the last of its events was, or may have been: of one second the most frequent counts as last */
  #rowOf({ key, last, table }: LineMeaning, second: number, count: number): Row {
    const row = this.tables[table].rowOf(key);
    if (second > row.lastSecond || (second === row.lastSecond && count >= row.lastCount)) {
      Object.assign(row, { last, lastSecond: second, lastCount: count });
    }
    return row;
  }

  #addToRows(meaning: LineMeaning, row: Row, slotNumber: number, slot: Slot, measure: Measure): void {
    this.#addToRow(row, slotNumber, slot, measure);
    if (meaning.secondCount === undefined) return;
    this.#addToRow(this.tables.totals.rowOf(meaning.secondCount), slotNumber, slot, measure);
  }

  #addToRow(row: Row, slotNumber: number, slot: Slot, measure: Measure): void {
    this.#stepCount += 1;
    let cell = slot.cells.get(row);
    let grownBytes = 0;
    if (cell === undefined) {
      cell = createCell();
      slot.cells.set(row, cell);
      grownBytes = CELL_BYTES;
    }
    grownBytes += addToCell(cell, measure);
    this.#grow(slot, grownBytes);
    for (let index = 0; index < WINDOW_SECONDS.length; index += 1) {
      const counts = row.windows[index];
      if (counts !== undefined && slotNumber >= (this.#firstSlots[index] ?? 0)) addToWindow(counts, measure);
    }
  }

  #measureInSecond({ secondDuration }: LineMeaning, second: number, { durationUs, weight }: Measure, slot: Slot): void {
    if (durationUs === undefined || secondDuration === undefined) return;
    this.#stepCount += 1;
    this.#grow(slot, this.seconds.measure(second, secondDuration, durationUs, weight));
  }

  #slotAt(slotNumber: number): Slot {
    let slot = this.#slots.get(slotNumber);
    if (slot === undefined) {
      slot = { cells: new Map(), byteCount: 0 };
      this.#slots.set(slotNumber, slot);
    }
    return slot;
  }

  #grow(slot: Slot, byteCount: number): void {
    slot.byteCount += byteCount;
    this.#byteCount += byteCount;
  }

  *#moveStart(windowIndex: number, firstSlot: number): Generator<void> {
    const isLongest = windowIndex === WINDOW_SECONDS.length - 1;
    const start = this.#firstSlots[windowIndex] ?? 0;
    if (firstSlot <= start) return;
    this.#firstSlots[windowIndex] = firstSlot;
    for (const [slotNumber, slot] of this.#slots) {
      if (slotNumber < start || slotNumber >= firstSlot) continue;
      for (const [row, cell] of slot.cells) {
        const counts = row.windows[windowIndex];
        if (counts !== undefined) moveCell(counts, cell, -1);
        yield;
      }
      if (isLongest) this.#forget(slotNumber, slot);
    }
    if (isLongest) this.seconds.forgetBefore(firstSlot * SLOT_SECONDS);
  }

  #forget(slotNumber: number, slot: Slot): void {
    this.#slots.delete(slotNumber);
    this.#byteCount -= slot.byteCount;
    for (const row of slot.cells.keys()) {
      // Weights of sampled points may not add up to exactly nothing.
      if ((row.windows.at(-1)?.count ?? 0) < 1e-6) this.tables[row.table].remove(row);
    }
  }
}

/** The number of the slot that a second is in. */
export function slotOf(second: number): number {
  return Math.floor(second / SLOT_SECONDS);
}
