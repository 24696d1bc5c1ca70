import type { DetailEvent } from '../../src/wire/detail.ts';
import { createElement, setText } from '../element.ts';
import { formatDuration, formatExactTime, formatTime, zoneOf } from '../format.ts';
import { createName } from '../tables/name-cell.ts';
import { createCopyButton } from './copy-button.ts';
import type { SubjectText } from './subject-texts.ts';

interface Column {
  readonly title: string;
  readonly class?: string;
  readonly cellOf: (event: DetailEvent) => Node;
}

/** Which columns the events have. */
export interface EventTableShape extends Pick<SubjectText, 'hasDurations' | 'hasStatus'> {
  /** True where each event has an error code; else it stands beside the status of those that have. */
  readonly hasCode: boolean;
  readonly hasRoute: boolean;
}

/** A list of requests, sends or messages with their ids. It is made anew only where something changed. */
export class EventTable {
  readonly element: HTMLElement;
  readonly #title: string;
  readonly #columns: readonly Column[];
  readonly #count = createElement('span', { class: 'count' });
  readonly #scroll: HTMLElement;
  readonly #rows = new Map<string, HTMLTableRowElement>();
  readonly #body = createElement('tbody', { attributes: { role: 'rowgroup' } });
  readonly #empty = createElement('p', { class: 'empty' });
  readonly #table: HTMLTableElement;

  constructor(title: string, shape: EventTableShape) {
    this.#title = title;
    this.#columns = columnsOf(shape);
    const heads = this.#columns.map((column) =>
      createElement('th', {
        text: column.title,
        class: column.class ?? '',
        attributes: { role: 'columnheader', scope: 'col' },
      }),
    );
    const head = createElement('tr', { attributes: { role: 'row' } }, ...heads);
    this.#table = createElement(
      'table',
      { attributes: { role: 'table', 'aria-label': title } },
      createElement('thead', { attributes: { role: 'rowgroup' } }, head),
      this.#body,
    );
    const attributes = { tabindex: '0', role: 'group', 'aria-label': `${title}, rows` };
    this.#scroll = createElement('div', { class: 'scroll', attributes }, this.#table, this.#empty);
    this.element = createElement(
      'section',
      { class: 'events', attributes: { 'aria-label': title } },
      createElement('h3', { text: `${title} ` }, this.#count),
      this.#scroll,
    );
  }

  /** @param empty - what stands there where there is none */
  show(events: readonly DetailEvent[], empty: string): void {
    setText(this.#empty, empty);
    this.#count.textContent = String(events.length);
    this.#table.hidden = events.length === 0;
    this.#empty.hidden = events.length > 0;
    const keys = events.map((event, index) => keyOf(event, index, events));
    for (const [key, row] of this.#rows) {
      if (keys.includes(key)) continue;
      row.remove();
      this.#rows.delete(key);
    }
    events.forEach((event, index) => {
      const key = keys[index] ?? '';
      const row = this.#rows.get(key) ?? this.#createRow(event);
      this.#rows.set(key, row);
      const there = this.#body.children[index];
      if (there !== row) this.#body.insertBefore(row, there ?? null);
    });
    this.#scroll.setAttribute('aria-label', `${this.#title}, ${String(events.length)} rows`);
  }

  #createRow(event: DetailEvent): HTMLTableRowElement {
    const cells = this.#columns.map((column) =>
      createElement(
        'td',
        { class: column.class ?? '', attributes: { role: 'cell', 'data-label': column.title } },
        column.cellOf(event),
      ),
    );
    return createElement('tr', { attributes: { role: 'row' } }, ...cells);
  }
}

function columnsOf({ hasCode, hasDurations, hasRoute, hasStatus }: EventTableShape): Column[] {
  const columns: Column[] = [
    {
      title: `Time, ${zoneOf(Date.now() / 1000)}`,
      class: 'column-exact',
      cellOf: createTime,
    },
  ];
  if (hasRoute) columns.push({ title: 'Route', class: 'text', cellOf: ({ route }) => createName(route) });
  if (hasStatus && hasCode) {
    columns.push({ title: 'Status', class: 'column-short', cellOf: ({ status }) => textNode(status) });
    columns.push({ title: 'Code', class: 'column-code', cellOf: ({ errorCode }) => textNode(errorCode) });
  } else if (hasStatus) {
    columns.push({ title: 'Status', class: 'column-status', cellOf: (event) => textNode(statusText(event)) });
  }
  if (hasDurations) {
    columns.push({
      title: 'Duration',
      class: 'column-short',
      cellOf: ({ durationUs }) => textNode(formatDuration(durationUs)),
    });
  }
  columns.push({ title: 'Request id', class: 'column-id', cellOf: createId });
  return columns;
}

/** The status, with the error code where that says more. */
function statusText({ errorCode, status }: DetailEvent): string {
  return errorCode === '' || errorCode === status ? status : `${status} · ${errorCode}`;
}

function createTime({ periodSeconds, time }: DetailEvent): Node {
  if (periodSeconds === undefined) return textNode(formatExactTime(time));
  const title = `Within the ${String(periodSeconds)} s from ${formatTime(time)}: the slowest of a summary`;
  return createElement('span', { text: `${formatTime(time)} +${String(periodSeconds)} s`, attributes: { title } });
}

function createId({ requestId }: DetailEvent): Node {
  if (requestId === '') return textNode('–');
  const id = createElement('code', { text: requestId, attributes: { title: requestId } });
  return createElement('span', { class: 'id' }, id, createCopyButton(requestId, `request id ${requestId}`));
}

/** Equal events are told apart by how many came before. */
function keyOf(event: DetailEvent, index: number, events: readonly DetailEvent[]): string {
  const key = JSON.stringify(event);
  let before = 0;
  for (let other = index - 1; other >= 0 && events[other]?.time === event.time; other -= 1) {
    if (JSON.stringify(events[other]) === key) before += 1;
  }
  return `${key}${String(before)}`;
}

function textNode(text: string): Text {
  return document.createTextNode(text === '' ? '–' : text);
}
