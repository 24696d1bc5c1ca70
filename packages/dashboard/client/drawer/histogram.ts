import { createElement } from '../element.ts';
import { formatCount, formatDuration } from '../format.ts';
import { spanStartUs } from '../charts/heat-map.ts';

/** How durations are spread: a bar for each span, which says its figures itself. */
export class Histogram {
  readonly element: HTMLElement;
  readonly #list = createElement('ol', { class: 'histogram' });

  constructor() {
    this.element = createElement(
      'section',
      { class: 'spread', attributes: { 'aria-label': 'Spread of durations' } },
      createElement('h3', { text: 'Spread of durations' }),
      this.#list,
    );
  }

  /** @param counts - of each span, as in `Heat` */
  show(counts: readonly number[]): void {
    const first = counts.findIndex((count) => count > 0);
    const last = counts.findLastIndex((count) => count > 0);
    this.element.hidden = first === -1;
    if (first === -1) return;
    const most = Math.max(...counts);
    const bars = counts.slice(first, last + 1).map((count, index) => createBar(first + index, count, most));
    this.#list.replaceChildren(...bars);
  }
}

function createBar(span: number, count: number, most: number): HTMLLIElement {
  const from = span === 0 ? 0 : spanStartUs(span);
  const name = `${formatDuration(from)} – ${formatDuration(spanStartUs(span + 1))}`;
  const bar = createElement('meter', {
    attributes: { min: '0', max: String(most), value: String(count), 'aria-label': name },
  });
  return createElement(
    'li',
    {},
    createElement('span', { class: 'span-name', text: name }),
    bar,
    createElement('span', { class: 'span-count', text: formatCount(count) }),
  );
}
