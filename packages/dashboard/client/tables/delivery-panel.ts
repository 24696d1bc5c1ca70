import type { Health } from '../../src/wire/messages.ts';
import { createElement, findElement, setText } from '../element.ts';
import { formatBytes, formatCount, formatWait, formatZonedTime } from '../format.ts';
import { healthTextOf } from '../state/health-texts.ts';

interface Line {
  readonly id: string;
  readonly title: string;
  readonly isWide?: boolean;
  readonly read: (health: Health) => string;
}

const LINES: readonly Line[] = [
  { id: 'advice', title: 'What to do', isWide: true, read: (health) => healthTextOf(health).advice },
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
  { id: 'viewers', title: 'Looking on', read: ({ viewers }) => formatCount(viewers) },
  { id: 'store', title: 'View’s store', read: ({ storeBytes }) => formatBytes(storeBytes) },
  {
    id: 'destination',
    title: 'Points to',
    read: ({ destination }) => (destination === 'memory' ? 'memory' : 'InfluxDB'),
  },
  { id: 'success', title: 'Last sent', read: ({ lastSuccessAt }) => formatZonedTime(lastSuccessAt ?? 0) },
  { id: 'error', title: 'Last error', isWide: true, read: ({ lastError }) => lastError ?? 'none' },
];

/** Whether points reach the database, and what became of them. */
export class DeliveryPanel {
  readonly #panel = findElement('delivery');
  readonly #state = findElement('delivery-state');
  readonly #values: readonly HTMLElement[];

  constructor() {
    const list = findElement('delivery-figures');
    this.#values = LINES.map(({ id, isWide, title }) => {
      const value = createElement('dd', { text: '–', attributes: { 'data-figure': id } });
      const line = createElement('div', {}, createElement('dt', { text: title }), value);
      if (isWide === true) line.className = 'wide';
      list.append(line);
      return value;
    });
  }

  /** @param isKnown - false where the connection broke: what was is not what is */
  show(health: Health, isKnown: boolean): void {
    const { sign, word } = healthTextOf(health);
    this.#panel.dataset['state'] = isKnown ? health.state : 'unknown';
    setText(this.#state, isKnown ? `${sign} ${word}` : 'Unknown');
    LINES.forEach(({ isWide, read }, index) => {
      const value = this.#values[index];
      if (value === undefined) return;
      setText(value, read(health));
      if (isWide === true) value.title = read(health);
    });
  }
}
