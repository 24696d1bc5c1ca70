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
}

/** The rows of a table. They are kept, so that focus and selection survive each second. */
export class TableRows {
  readonly body = createElement('tbody', { attributes: { role: 'rowgroup' } });
  readonly #table: ShownTable;
  readonly #columns: readonly ColumnId[];
  readonly #shown = new Map<string, ShownRow>();
  readonly #onOpen: (key: string) => void;

  /** @param onOpen - called with the key of a row whose details are wanted */
  constructor(table: ShownTable, onOpen: (key: string) => void) {
    this.#table = table;
    this.#columns = TABLE_COLUMNS[table];
    this.#onOpen = onOpen;
  }

  show(rows: readonly TableRow[], spanSeconds: number): void {
    const keys = new Set(rows.map(([key]) => key));
    for (const [key, { element }] of this.#shown) {
      if (keys.has(key)) continue;
      element.remove();
      this.#shown.delete(key);
    }
    let previous: Element | null = null;
    for (const row of rows) {
      const shown = this.#shownRow(row[0]);
      this.#fill(shown, row, spanSeconds);
      const expected: Element | null = previous === null ? this.body.firstElementChild : previous.nextElementSibling;
      if (shown.element !== expected) this.body.insertBefore(shown.element, expected);
      previous = shown.element;
    }
  }

  #shownRow(key: string): ShownRow {
    const known = this.#shown.get(key);
    if (known !== undefined) return known;
    const cells = this.#columns.map((column) => this.#createCell(column, key));
    const element = createElement('tr', { attributes: { role: 'row' } }, ...cells);
    if (key !== '') {
      element.addEventListener('click', (event) => {
        // Who selects text in a row reads it.
        if (getSelection()?.isCollapsed !== false || event.target instanceof HTMLButtonElement) this.#onOpen(key);
      });
    }
    const shown = { element, cells, texts: this.#columns.map(() => '') };
    this.#shown.set(key, shown);
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

  #fill({ cells, texts }: ShownRow, row: TableRow, spanSeconds: number): void {
    this.#columns.forEach((column, index) => {
      const cell = cells[index];
      if (cell === undefined || column === 'key') return;
      const value = valueOf(row, column, spanSeconds);
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
