import {
  orderRows,
  TABLE_COLUMNS,
  type ColumnId,
  type ShownTable,
  type TableOrder,
} from '../../src/wire/table-columns.ts';
import type { TableRow } from '../../src/wire/messages.ts';
import { createElement, findElement, setText } from '../element.ts';
import { ScrollCue } from './scroll-cue.ts';
import { TableRows } from './table-rows.ts';
import { columnTitle, TABLE_TEXTS } from './table-texts.ts';

/** What a table tells the page. */
export interface TableListener {
  readonly onOrder: (order: TableOrder) => void;
  /** Somebody wants the details of a row. */
  readonly onOpen: (key: string) => void;
}

/** A table that can be sorted and searched. */
export class TablePanel {
  readonly element: HTMLElement;
  readonly search: HTMLInputElement;
  readonly exportLink: HTMLAnchorElement;
  readonly #name: ShownTable;
  readonly #listener: TableListener;
  readonly #heads = new Map<ColumnId, HTMLTableCellElement>();
  readonly #count = createElement('span', { class: 'count' });
  readonly #empty: HTMLElement;
  readonly #rows: TableRows;
  readonly #cue: ScrollCue;
  #order: TableOrder;

  constructor(name: ShownTable, order: TableOrder, listener: TableListener) {
    const text = TABLE_TEXTS[name];
    this.#name = name;
    this.#order = order;
    this.#listener = listener;
    this.#rows = new TableRows(name, listener.onOpen);
    this.#empty = createElement('p', { class: 'empty', text: text.empty });
    this.search = createElement('input', {
      attributes: { type: 'search', placeholder: 'Search', 'aria-label': `Search ${text.title}`, spellcheck: 'false' },
    });
    this.search.value = order.search;
    this.search.addEventListener('input', () => {
      this.#changeOrder({ ...this.#order, search: this.search.value });
    });
    this.exportLink = createElement('a', {
      class: 'button',
      text: 'CSV',
      attributes: { download: '', 'aria-label': `${text.title} as CSV` },
    });
    this.element = findElement(name);
    this.#cue = new ScrollCue(this.#build());
    this.element.append(this.#cue.element);
  }

  get order(): TableOrder {
    return this.#order;
  }

  show(rows: ReadonlyMap<string, TableRow>, spanSeconds: number): void {
    const ordered = orderRows([...rows.values()], this.#order, spanSeconds);
    this.#rows.show(ordered, spanSeconds);
    const count =
      ordered.length === rows.size ? String(rows.size) : `${String(ordered.length)} of ${String(rows.size)}`;
    setText(this.#count, count);
    setText(this.#empty, rows.size > 0 ? 'Nothing has this in its name.' : TABLE_TEXTS[this.#name].empty);
    this.#empty.hidden = ordered.length > 0;
  }

  /** Looks how many rows are out of sight. @returns a function that says so */
  measureCue(): () => void {
    return this.#cue.measure();
  }

  /** @returns what scrolls */
  #build(): HTMLElement {
    const titleId = `${this.#name}-title`;
    const { title } = TABLE_TEXTS[this.#name];
    const heading = createElement('h2', { text: `${title} `, attributes: { id: titleId } }, this.#count);
    const columns = TABLE_COLUMNS[this.#name].map((column) => createElement('col', { class: this.#widthOf(column) }));
    const heads = TABLE_COLUMNS[this.#name].map((column) => this.#createHead(column));
    // Cards on a phone are laid out as no table is: the roles say what they are all the same.
    const head = createElement('tr', { attributes: { role: 'row' } }, ...heads);
    const table = createElement(
      'table',
      { attributes: { role: 'table', 'aria-labelledby': titleId } },
      createElement('colgroup', {}, ...columns),
      createElement('thead', { attributes: { role: 'rowgroup' } }, head),
      this.#rows.body,
    );
    const attributes = { tabindex: '0', role: 'group', 'aria-label': `${title}, rows` };
    const scroll = createElement('div', { class: 'scroll', attributes }, table, this.#empty);
    this.element.append(createElement('header', {}, heading, this.search, this.exportLink), scroll);
    this.#markOrder();
    return scroll;
  }

  #createHead(column: ColumnId): HTMLTableCellElement {
    const button = createElement('button', {
      text: columnTitle(this.#name, column),
      attributes: { type: 'button', 'data-sort': column },
    });
    button.addEventListener('click', () => {
      const isSame = this.#order.column === column;
      const isText = column === 'key' || column === 'last';
      this.#changeOrder({ ...this.#order, column, isDescending: isSame ? !this.#order.isDescending : !isText });
    });
    const isLeft = column === 'key' || (column === 'last' && this.#name !== 'routes');
    const attributes = { role: 'columnheader', scope: 'col' };
    const head = createElement('th', { class: isLeft ? 'text' : '', attributes }, button);
    this.#heads.set(column, head);
    return head;
  }

  #changeOrder(order: TableOrder): void {
    this.#order = order;
    this.#markOrder();
    this.#listener.onOrder(order);
  }

  #markOrder(): void {
    for (const [column, head] of this.#heads) {
      if (column === this.#order.column) {
        head.setAttribute('aria-sort', this.#order.isDescending ? 'descending' : 'ascending');
      } else head.removeAttribute('aria-sort');
    }
  }

  #widthOf(column: ColumnId): string {
    if (column === 'key') return 'column-key';
    if (column === 'last' && this.#name !== 'routes') return 'column-last-text';
    return column === 'lastSecond' ? 'column-time' : 'column-number';
  }
}
