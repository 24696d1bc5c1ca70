import {
  orderRows,
  TABLE_COLUMNS,
  valueOf,
  type ColumnId,
  type ShownTable,
  type TableOrder,
} from '../../src/wire/table-columns.ts';
import type { TableRow } from '../../src/wire/messages.ts';
import { BAD_SHARE, WARN_SHARE } from './tones.ts';
import { createElement, findElement, setText } from '../element.ts';
import { formatCount, formatDuration, formatRate, formatShare, formatTime } from '../format.ts';

/** What a panel says of itself. */
export interface TableText {
  readonly title: string;
  readonly key: string;
  readonly last?: string;
  readonly empty: string;
}

const COLUMN_TITLES: Readonly<Record<ColumnId, string>> = {
  key: 'Name',
  rate: 'Rate/s',
  count: 'Count',
  failed: 'Failed',
  failedShare: 'Fail %',
  p50: 'p50',
  p95: 'p95',
  p99: 'p99',
  last: 'Last',
  lastSecond: 'Last at',
};

const OTHER_KEY_TEXT = '(all others)';
const FIRST_SERVER_ERROR = 500;
const FIRST_FAILURE = 400;

interface ShownRow {
  readonly element: HTMLTableRowElement;
  readonly cells: readonly HTMLTableCellElement[];
}

/** A table that can be sorted and searched. Its rows are kept, so that focus and selection survive each second. */
export class TablePanel {
  readonly #name: ShownTable;
  readonly #text: TableText;
  readonly #columns: readonly ColumnId[];
  readonly #body = createElement('tbody');
  readonly #heads = new Map<ColumnId, HTMLTableCellElement>();
  readonly #count = createElement('span', { class: 'count' });
  readonly #empty: HTMLElement;
  readonly #shown = new Map<string, ShownRow>();
  readonly #onOrder: (order: TableOrder) => void;
  readonly search: HTMLInputElement;
  readonly exportLink: HTMLAnchorElement;
  #order: TableOrder;

  constructor(name: ShownTable, text: TableText, order: TableOrder, onOrder: (order: TableOrder) => void) {
    this.#name = name;
    this.#text = text;
    this.#columns = TABLE_COLUMNS[name];
    this.#order = order;
    this.#onOrder = onOrder;
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
    this.#build();
  }

  get order(): TableOrder {
    return this.#order;
  }

  show(rows: ReadonlyMap<string, TableRow>, spanSeconds: number): void {
    const ordered = orderRows([...rows.values()], this.#order, spanSeconds);
    const keys = new Set(ordered.map(([key]) => key));
    for (const [key, { element }] of this.#shown) {
      if (keys.has(key)) continue;
      element.remove();
      this.#shown.delete(key);
    }
    let previous: Element | null = null;
    for (const row of ordered) {
      const shown = this.#shownRow(row[0]);
      this.#fill(shown, row, spanSeconds);
      const expected: Element | null = previous === null ? this.#body.firstElementChild : previous.nextElementSibling;
      if (shown.element !== expected) this.#body.insertBefore(shown.element, expected);
      previous = shown.element;
    }
    setText(
      this.#count,
      ordered.length === rows.size ? String(rows.size) : `${String(ordered.length)} of ${String(rows.size)}`,
    );
    setText(this.#empty, rows.size > 0 ? 'Nothing has this in its name.' : this.#text.empty);
    this.#empty.hidden = ordered.length > 0;
  }

  #build(): void {
    const panel = findElement(this.#name);
    const titleId = `${this.#name}-title`;
    const title = createElement('h2', { text: `${this.#text.title} `, attributes: { id: titleId } }, this.#count);
    const columns = this.#columns.map((column) => createElement('col', { class: this.#widthOf(column) }));
    const heads = this.#columns.map((column) => this.#createHead(column));
    const table = createElement(
      'table',
      { attributes: { 'aria-labelledby': titleId } },
      createElement('colgroup', {}, ...columns),
      createElement('thead', {}, createElement('tr', {}, ...heads)),
      this.#body,
    );
    const attributes = { tabindex: '0', role: 'region', 'aria-labelledby': titleId };
    panel.append(
      createElement('header', {}, title, this.search, this.exportLink),
      createElement('div', { class: 'scroll', attributes }, table, this.#empty),
    );
    this.#markOrder();
  }

  #createHead(column: ColumnId): HTMLTableCellElement {
    const button = createElement('button', {
      text: this.#titleOf(column),
      attributes: { type: 'button', 'data-sort': column },
    });
    button.addEventListener('click', () => {
      const isSame = this.#order.column === column;
      const isDescending = isSame ? !this.#order.isDescending : !isTextColumn(column);
      this.#changeOrder({ ...this.#order, column, isDescending });
    });
    const head = createElement(
      'th',
      { class: this.#isText(column) ? 'text' : '', attributes: { scope: 'col' } },
      button,
    );
    this.#heads.set(column, head);
    return head;
  }

  #changeOrder(order: TableOrder): void {
    this.#order = order;
    this.#markOrder();
    this.#onOrder(order);
  }

  #markOrder(): void {
    for (const [column, head] of this.#heads) {
      if (column === this.#order.column) {
        head.setAttribute('aria-sort', this.#order.isDescending ? 'descending' : 'ascending');
      } else head.removeAttribute('aria-sort');
    }
  }

  #shownRow(key: string): ShownRow {
    const known = this.#shown.get(key);
    if (known !== undefined) return known;
    const cells = this.#columns.map((column) =>
      column === 'key'
        ? createElement('th', { attributes: { scope: 'row' } })
        : createElement('td', { class: this.#isText(column) ? 'text' : '' }),
    );
    const shown = { element: createElement('tr', {}, ...cells), cells };
    this.#shown.set(key, shown);
    return shown;
  }

  #fill({ cells }: ShownRow, row: TableRow, spanSeconds: number): void {
    this.#columns.forEach((column, index) => {
      const cell = cells[index];
      if (cell === undefined) return;
      const value = valueOf(row, column, spanSeconds);
      const text = formatValue(column, value);
      setText(cell, text);
      if (column === 'key' || (column === 'last' && !this.#isStatus(column))) cell.title = text;
      if (this.#isStatus(column)) cell.className = statusTone(String(value));
      if (column === 'failed' || column === 'failedShare') cell.className = shareTone(row);
    });
  }

  #isText(column: ColumnId): boolean {
    return isTextColumn(column) && !this.#isStatus(column);
  }

  #isStatus(column: ColumnId): boolean {
    return column === 'last' && this.#name === 'routes';
  }

  #titleOf(column: ColumnId): string {
    if (column === 'key') return this.#text.key;
    return (column === 'last' ? this.#text.last : undefined) ?? COLUMN_TITLES[column];
  }

  #widthOf(column: ColumnId): string {
    if (column === 'key') return 'column-key';
    if (column === 'last' && !this.#isStatus(column)) return 'column-last-text';
    return column === 'lastSecond' ? 'column-time' : 'column-number';
  }
}

function isTextColumn(column: ColumnId): boolean {
  return column === 'key' || column === 'last';
}

/** As the tile of failed requests: what fails seldom is not called out. */
function shareTone([, count, failedCount]: TableRow): string {
  const share = count === 0 ? 0 : failedCount / count;
  if (share >= BAD_SHARE) return 'bad';
  return share >= WARN_SHARE ? 'warn' : '';
}

function statusTone(status: string): string {
  if (Number(status) >= FIRST_SERVER_ERROR) return 'bad';
  return Number(status) >= FIRST_FAILURE ? 'warn' : '';
}

function formatValue(column: ColumnId, value: number | string | null): string {
  if (typeof value === 'string') return column === 'key' && value === '' ? OTHER_KEY_TEXT : value;
  switch (column) {
    case 'rate':
      return formatRate(value ?? 0);
    case 'failedShare':
      return formatShare(value ?? 0);
    case 'p50':
    case 'p95':
    case 'p99':
      return formatDuration(value);
    case 'lastSecond':
      return formatTime(value ?? 0);
    default:
      return formatCount(value ?? 0);
  }
}
