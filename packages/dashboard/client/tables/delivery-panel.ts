import type { Health } from '../../src/wire/messages.ts';
import { createElement, findElement, setText } from '../element.ts';
import { formatBytes, formatCount, formatTime, formatWait } from '../format.ts';

interface Line {
  readonly id: string;
  readonly title: string;
  readonly isWide?: boolean;
  readonly read: (health: Health) => string;
}

const LINES: readonly Line[] = [
  { id: 'recorded', title: 'Recorded', read: ({ recorded }) => formatCount(recorded) },
  { id: 'pending', title: 'Pending', read: ({ pending }) => formatCount(pending) },
  { id: 'dropped', title: 'Dropped', read: ({ dropped }) => formatCount(dropped) },
  { id: 'delivered', title: 'Delivered', read: ({ delivered }) => formatCount(delivered) },
  { id: 'spooled', title: 'Spooled', read: ({ spooled }) => formatCount(spooled) },
  { id: 'refused', title: 'Refused', read: ({ deadLettered }) => formatCount(deadLettered) },
  { id: 'retries', title: 'Retries', read: ({ retries }) => formatCount(retries) },
  {
    id: 'oldest',
    title: 'Oldest waits',
    read: ({ oldestPendingMs, pending }) => (pending === 0 ? '–' : formatWait(oldestPendingMs)),
  },
  { id: 'success', title: 'Last sent', read: ({ lastSuccessAt }) => formatTime(lastSuccessAt ?? 0) },
  { id: 'viewers', title: 'Looking on', read: ({ viewers }) => formatCount(viewers) },
  { id: 'store', title: 'View’s store', read: ({ storeBytes }) => formatBytes(storeBytes) },
  {
    id: 'destination',
    title: 'Points to',
    read: ({ destination }) => (destination === 'memory' ? 'memory' : 'InfluxDB'),
  },
  { id: 'error', title: 'Last error', isWide: true, read: ({ lastError }) => lastError ?? 'none' },
];

/** Whether points reach the database, and what became of them. */
export class DeliveryPanel {
  readonly #panel = findElement('delivery');
  readonly #values: readonly HTMLElement[];

  constructor() {
    const list = findElement('delivery-figures');
    this.#values = LINES.map(({ id, isWide, title }) => {
      const value = createElement('dd', { text: '–', attributes: { 'data-figure': id } });
      list.append(
        createElement('div', isWide === true ? { class: 'wide' } : {}, createElement('dt', { text: title }), value),
      );
      return value;
    });
  }

  show(health: Health): void {
    this.#panel.dataset['state'] = health.state;
    LINES.forEach(({ isWide, read }, index) => {
      const value = this.#values[index];
      if (value === undefined) return;
      setText(value, read(health));
      if (isWide === true) value.title = read(health);
    });
  }
}
