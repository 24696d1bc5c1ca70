import { TABLE_NAMES, type Aggregate } from '../aggregate/aggregate.ts';
import type { Row } from '../aggregate/window-table.ts';
import type { TurnBudget } from '../store/turn-budget.ts';
import { emptyTables, hasCounts, secondRows, tableRowOf, windowIndexOf, type ViewData } from './views.ts';
import type { SecondRow, Span, TableChange, TableName, TableRow, WindowMinutes } from '../wire/messages.ts';

/** What changed in a view. */
export interface ViewChange {
  readonly seconds: readonly SecondRow[];
  readonly tables: Readonly<Partial<Record<TableName, TableChange>>>;
}

interface SentRow {
  readonly version: number;
  readonly row: TableRow;
}

/** One window as it was last sent to those who look at it, so that only what changed is worked out and sent. */
export class Channel {
  readonly minutes: WindowMinutes;
  readonly #windowIndex: number;
  readonly #sent = new Map<Row, SentRow>();

  constructor(minutes: WindowMinutes) {
    this.minutes = minutes;
    this.#windowIndex = windowIndexOf(minutes);
  }

  /** Finds what changed since it was last asked. @param changedSeconds - the same for all channels */
  async update(aggregate: Aggregate, changedSeconds: readonly number[], budget: TurnBudget): Promise<ViewChange> {
    const tables: Partial<Record<TableName, TableChange>> = {};
    for (const name of TABLE_NAMES) {
      const change = await this.#updateTable(aggregate, name, budget);
      if (change.changed.length > 0 || change.gone.length > 0) tables[name] = change;
    }
    const from = aggregate.firstSecond(this.#windowIndex);
    const seconds = changedSeconds.filter((second) => second >= from);
    return { seconds: await secondRows(aggregate, seconds, budget), tables };
  }

  /** The whole of what `update` came to, for who has just come. */
  async whole(aggregate: Aggregate, span: Span, budget: TurnBudget): Promise<ViewData> {
    const tables = emptyTables();
    for (const [{ table }, { row }] of this.#sent) tables[table].push(row);
    const seconds = aggregate.seconds.between(aggregate.firstSecond(this.#windowIndex), span.to);
    return { ...span, seconds: await secondRows(aggregate, seconds, budget), tables };
  }

  /** The first second that the window counts. */
  firstSecond(aggregate: Aggregate): number {
    return aggregate.firstSecond(this.#windowIndex);
  }

  async #updateTable(aggregate: Aggregate, name: TableName, budget: TurnBudget): Promise<TableChange> {
    const changed: TableRow[] = [];
    const present = new Set<Row>();
    for (const row of aggregate.tables[name].rows) {
      const counts = row.windows[this.#windowIndex];
      if (counts === undefined || !hasCounts(counts)) continue;
      present.add(row);
      if (this.#sent.get(row)?.version === counts.version) continue;
      const tableRow = tableRowOf(row, counts);
      this.#sent.set(row, { version: counts.version, row: tableRow });
      changed.push(tableRow);
      if (budget.isOver) await budget.rest();
    }
    const gone: string[] = [];
    for (const row of this.#sent.keys()) {
      if (row.table !== name || present.has(row)) continue;
      this.#sent.delete(row);
      gone.push(row.key);
    }
    return { changed, gone };
  }
}
