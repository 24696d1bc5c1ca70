import type { Detail } from '../../src/wire/detail.ts';
import { Chart, type ChartListener } from '../charts/chart.ts';
import { createElement, setText } from '../element.ts';
import { formatCount, formatDuration, formatRate, formatShare, formatTime, zoneOf } from '../format.ts';
import type { DrawerAddress } from '../state/address.ts';
import { momentsBetween } from '../state/view-state.ts';
import { createCopyButton } from './copy-button.ts';
import { EventTable } from './event-table.ts';
import { Histogram } from './histogram.ts';
import { COUNTED_HERE, drawerCharts, SUBJECT_TEXTS, tailCommandOf, type SubjectText } from './subject-texts.ts';

const NO_PROCESS = new Map<number, never>();

const FOLDED_AWAY = 'Only slow events are listed: the series is folded (aggregate).';

/** What the drawer shows of one subject. */
export class DrawerBody {
  readonly element = createElement('div', { class: 'drawer-body' });
  readonly #text: SubjectText;
  readonly #summary = createElement('dl', { class: 'summary' });
  readonly #charts: readonly Chart[];
  readonly #last: EventTable;
  readonly #slowest: EventTable | undefined;
  readonly #histogram: Histogram | undefined;
  readonly #hidden = new Set<string>();
  #detail: Detail | undefined;

  constructor(address: DrawerAddress, onAnnounce: (text: string) => void, onZoom: ChartListener['onZoom']) {
    const text = SUBJECT_TEXTS[address.subject];
    this.#text = text;
    const hasRoute = text.hasStatus && address.subject !== 'routes';
    const listener: ChartListener = {
      onAnnounce,
      onZoom,
      onPoint: (second) => {
        for (const chart of this.#charts) chart.pointAt(second);
      },
      onToggle: (id) => {
        if (!this.#hidden.delete(id)) this.#hidden.add(id);
        this.#showCharts();
      },
    };
    this.#charts = drawerCharts(text).map((definition) => new Chart(definition, listener));
    const { hasDurations, hasStatus } = text;
    this.#last = new EventTable(text.last, { hasCode: true, hasDurations, hasRoute, hasStatus });
    this.#slowest = hasDurations
      ? new EventTable('Slowest', { hasCode: false, hasDurations, hasRoute, hasStatus })
      : undefined;
    this.#histogram = text.hasDurations ? new Histogram() : undefined;
    const charts = createElement('div', { class: 'charts' }, ...this.#charts.map(({ element }) => element));
    this.element.append(this.#summary, this.#last.element, charts);
    if (this.#histogram !== undefined) this.element.append(this.#histogram.element);
    if (this.#slowest !== undefined) this.element.append(this.#slowest.element);
    this.element.append(createTail(address));
  }

  show(detail: Detail): void {
    this.#detail = detail;
    this.#showSummary(detail);
    const isFolded = detail.foldedTo !== null && !this.#text.hasStatus;
    this.#last.show(detail.last, isFolded ? FOLDED_AWAY : 'Nothing in the time shown.');
    this.#slowest?.show(detail.slowest, 'Nothing was measured.');
    this.#histogram?.show(detail.histogram);
    this.#showCharts();
  }

  /** Draws the charts anew, in the colours of the theme. */
  redraw(): void {
    for (const chart of this.#charts) chart.redraw();
  }

  #showCharts(): void {
    if (this.#detail === undefined) return;
    const { foldedTo, seconds } = this.#detail;
    const moments = momentsBetween(
      { seconds: new Map(seconds.map((row) => [row[0], row])), process: NO_PROCESS },
      this.#detail,
      foldedTo === null ? null : { series: [COUNTED_HERE], to: foldedTo },
    );
    for (const chart of this.#charts) chart.show({ moments, hidden: this.#hidden });
  }

  #showSummary({ count, durations, failedCount, from, to }: Detail): void {
    const figures: [title: string, value: string][] = [
      [this.#text.counted, formatCount(count)],
      ['Rate', `${formatRate(count / Math.max(1, to - from))}/s`],
    ];
    if (this.#text.hasStatus)
      figures.push(['Failed', `${formatCount(failedCount)} · ${formatShare(count === 0 ? 0 : failedCount / count)}`]);
    if (this.#text.hasDurations) {
      figures.push(['p50', formatDuration(durations?.[0])], ['p95', formatDuration(durations?.[1])]);
      figures.push(['p99', formatDuration(durations?.[2])]);
    }
    figures.push(['Time shown', `${formatTime(from)} – ${formatTime(to)} ${zoneOf(to)}`]);
    if (this.#summary.children.length !== figures.length) {
      this.#summary.replaceChildren(
        ...figures.map(([title]) =>
          createElement('div', {}, createElement('dt', { text: title }), createElement('dd')),
        ),
      );
    }
    figures.forEach(([, value], index) => {
      const cell = this.#summary.children[index]?.lastElementChild;
      if (cell != null) setText(cell, value);
    });
  }
}

/** The command that follows it in a terminal. */
function createTail(address: DrawerAddress): HTMLElement {
  const command = tailCommandOf(address, `${location.origin}${location.pathname}`);
  return createElement(
    'section',
    { class: 'tail', attributes: { 'aria-label': 'In a terminal' } },
    createElement('h3', { text: 'In a terminal' }),
    createElement(
      'p',
      {},
      createElement('code', { text: command, attributes: { tabindex: '0' } }),
      createCopyButton(command, 'the command'),
    ),
  );
}
