import { createElement } from '../element.ts';
import { formatTime, zoneOf } from '../format.ts';
import type { Moment } from '../state/view-state.ts';
import { formatValueOf, valueAt, type ChartDefinition } from './chart-definitions.ts';

const TABLE_SECONDS = 60;

/** The last minute of a chart as a table, newest first. */
export function createChartTable(definition: ChartDefinition, moments: readonly Moment[]): HTMLElement {
  const last = moments.slice(-TABLE_SECONDS).reverse();
  const titles = [`Time, ${zoneOf(last[0]?.second ?? 0)}`, ...definition.series.map(({ title }) => title)];
  const heads = titles.map((text) => createElement('th', { text, attributes: { scope: 'col' } }));
  const rows = last.map((moment) =>
    createElement(
      'tr',
      {},
      createElement('th', { text: formatTime(moment.second), attributes: { scope: 'row' } }),
      ...definition.series.map((series) =>
        createElement('td', { text: formatValueOf(definition, valueAt(series, moment)) }),
      ),
    ),
  );
  const table = createElement(
    'table',
    {},
    createElement('caption', { class: 'unseen', text: `${definition.title}, the last minute` }),
    createElement('thead', {}, createElement('tr', {}, ...heads)),
    createElement('tbody', {}, ...rows),
  );
  const attributes = { tabindex: '0', role: 'group', 'aria-label': `${definition.title}, second by second` };
  return createElement('div', { class: 'scroll', attributes }, table);
}
