import { TABLE_COLUMNS, valueOf, type ColumnId, type ShownTable } from '../../src/wire/table-columns.ts';
import type { TableRow } from '../../src/wire/messages.ts';
import { createElement } from '../element.ts';
import { createName } from './name-cell.ts';
import { columnTitle, formatColumn } from './table-texts.ts';
import { shareTone, statusTone } from '../state/tones.ts';

interface ShownRow {
  readonly element: HTMLTableRowElement;
  readonly cells: readonly HTMLTableCellElement[];
  /** What the cells say: asking the document for it would cost more than all else. */
  readonly texts: string[];
  /** What it is to say. */
  row: TableRow;
  isInSight: boolean;
}

/** Rows out of sight are brought up to date in turn, once in so many messages: they cost as much as those in sight. */
const TURNS = 10;

/** How far out of sight a row is that may soon be seen. */
const NEAR = '160px';

/**
 * The rows of a table. They are kept, so that focus and selection survive each second. What is in sight is brought up to date
 * at once, also where it just came there.
 */
export class TableRows {
  readonly body = createElement('tbody', { attributes: { role: 'rowgroup' } });
  readonly #table: ShownTable;
  readonly #columns: readonly ColumnId[];
  readonly #shown = new Map<string, ShownRow>();
  readonly #onOpen: (key: string) => void;
  readonly #sight: IntersectionObserver;
  #spanSeconds = 1;
  #turn = 0;

  /** @param onOpen - called with the key of a row whose details are wanted */
  constructor(table: ShownTable, onOpen: (key: string) => void) {
    this.#table = table;
    this.#columns = TABLE_COLUMNS[table];
    this.#onOpen = onOpen;
    // TypeScript knows no `scrollMargin` yet; who does not know it brings rows up to date when they are seen.
    const init: IntersectionObserverInit & { readonly scrollMargin: string } = { rootMargin: NEAR, scrollMargin: NEAR };
    this.#sight = new IntersectionObserver((entries) => {
      this.#look(entries);
    }, init);
  }

  show(rows: readonly TableRow[], spanSeconds: number): void {
    const keys = new Set(rows.map(([key]) => key));
    for (const [key, { element }] of this.#shown) {
      if (keys.has(key)) continue;
      element.remove();
      this.#sight.unobserve(element);
      this.#shown.delete(key);
    }
    this.#spanSeconds = spanSeconds;
    this.#turn = (this.#turn + 1) % TURNS;
    let previous: Element | null = null;
    for (const [index, row] of rows.entries()) {
      const shown = this.#shownRow(row);
      if (shown.isInSight || index % TURNS === this.#turn) this.#fill(shown);
      const expected: Element | null = previous === null ? this.body.firstElementChild : previous.nextElementSibling;
      if (shown.element !== expected) this.body.insertBefore(shown.element, expected);
      previous = shown.element;
    }
  }

  #look(entries: readonly IntersectionObserverEntry[]): void {
    const inSight = new Map(entries.map(({ isIntersecting, target }) => [target, isIntersecting]));
    for (const shown of this.#shown.values()) {
      const isInSight = inSight.get(shown.element);
      if (isInSight === undefined) continue;
      shown.isInSight = isInSight;
      if (isInSight) this.#fill(shown);
    }
  }

  #shownRow(row: TableRow): ShownRow {
    const [key] = row;
    const known = this.#shown.get(key);
    if (known !== undefined) {
      known.row = row;
      return known;
    }
    const cells = this.#columns.map((column) => this.#createCell(column, key));
    const element = createElement('tr', { attributes: { role: 'row' } }, ...cells);
    if (key !== '') {
      element.addEventListener('click', (event) => {
        // Who selects text in a row reads it.
        if (getSelection()?.isCollapsed !== false || event.target instanceof HTMLButtonElement) this.#onOpen(key);
      });
    }
    // Until it is known where it is.
    const shown = { element, cells, texts: this.#columns.map(() => ''), row, isInSight: true };
    this.#shown.set(key, shown);
    this.#sight.observe(element);
    return shown;
  }

  #createCell(column: ColumnId, key: string): HTMLTableCellElement {
    if (column !== 'key') {
      const attributes = { role: 'cell', 'data-label': columnTitle(this.#table, column) };
      const isText = column === 'last' && this.#table !== 'routes';
      return createElement('td', { class: isText ? 'text' : '', attributes });
    }
    const attributes = { role: 'rowheader', scope: 'row' };
    if (key === '') return createElement('th', { text: formatColumn('key', ''), attributes });
    const button = createElement('button', { class: 'open', attributes: { type: 'button' } }, createName(key));
    return createElement('th', { attributes }, button);
  }

  #fill({ cells, row, texts }: ShownRow): void {
    this.#columns.forEach((column, index) => {
      const cell = cells[index];
      if (cell === undefined || column === 'key') return;
      const value = valueOf(row, column, this.#spanSeconds);
      const text = formatColumn(column, value);
      if (texts[index] === text) return;
      texts[index] = text;
      if (column === 'last' && this.#table !== 'routes') cell.replaceChildren(createName(text));
      else cell.textContent = text;
      if (column === 'last' && this.#table === 'routes') cell.className = statusTone(text);
      if (column === 'failed' || column === 'failedShare') cell.className = shareTone(row[2], row[1]);
    });
  }
}
