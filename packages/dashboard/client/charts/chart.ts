import type uPlot from 'uplot';
import type { SecondRow } from '../../src/wire/messages.ts';
import type { ChartDefinition, SeriesDefinition } from './chart-definitions.ts';
import { createElement, setText } from '../element.ts';
import { formatTime } from '../format.ts';
import { createPlot } from './plot.ts';

/** What a chart tells the page. */
export interface ChartListener {
  readonly onToggle: (seriesId: string) => void;
  /** Arrow keys moved the cursor to a second, which all charts are to point at. */
  readonly onMove: (second: number) => void;
  readonly onAnnounce: (text: string) => void;
}

const TABLE_SECONDS = 60;
const CURSOR_TOP_PX = 10;
const NOTHING = '–';

/** A chart with its legend and, for who cannot see it, the same figures as a table. */
export class Chart {
  readonly element: HTMLElement;
  readonly #definition: ChartDefinition;
  readonly #listener: ChartListener;
  readonly #host: HTMLElement;
  readonly #outputs: readonly HTMLOutputElement[];
  readonly #buttons: readonly HTMLButtonElement[];
  readonly #details: HTMLDetailsElement;
  #plot: uPlot | undefined;
  #rows: readonly SecondRow[] = [];
  #from = 0;
  #hidden: ReadonlySet<string> = new Set();
  #cursorIndex: number | null = null;

  constructor(definition: ChartDefinition, listener: ChartListener) {
    this.#definition = definition;
    this.#listener = listener;
    this.#outputs = definition.series.map(() =>
      createElement('output', { text: NOTHING, attributes: { 'aria-live': 'off' } }),
    );
    this.#buttons = definition.series.map((series, index) => this.#createButton(series, index));
    this.#host = createElement('div', {
      class: 'plot',
      attributes: { role: 'img', tabindex: '0', 'aria-label': definition.title, 'data-chart': definition.id },
    });
    this.#host.addEventListener('keydown', (event) => {
      this.#moveCursor(event);
    });
    this.#details = createElement('details', {}, createElement('summary', { text: 'As a table' }));
    this.#details.addEventListener('toggle', () => {
      this.#fillTable();
    });
    const legend = createElement('div', {
      class: 'legend',
      attributes: { role: 'group', 'aria-label': `Lines of ${definition.title}` },
    });
    legend.append(...this.#buttons);
    this.element = createElement(
      'article',
      { class: 'chart' },
      createElement('h2', { text: definition.title }),
      legend,
      this.#host,
      this.#details,
    );
    new ResizeObserver(() => {
      this.#plot?.setSize({ width: Math.max(this.#host.clientWidth, 100), height: this.#host.clientHeight });
    }).observe(this.#host);
  }

  /**
   * Shows seconds, one row each without a gap.
   *
   * @param from - first second of which anything is known: before it the lines are not at nothing, there are none
   */
  show(rows: readonly SecondRow[], from: number, hidden: ReadonlySet<string>): void {
    this.#rows = rows;
    this.#from = from;
    this.#hidden = hidden;
    this.#definition.series.forEach(({ id }, index) => {
      this.#buttons[index]?.setAttribute('aria-pressed', String(!hidden.has(id)));
      const series = this.#plot?.series[index + 1];
      if (series !== undefined && series.show === hidden.has(id))
        this.#plot?.setSeries(index + 1, { show: !hidden.has(id) });
    });
    if (this.#plot === undefined) this.redraw();
    else this.#plot.setData(this.#data());
    this.#showValues();
    this.#host.setAttribute('aria-label', this.#describe());
  }

  /** Puts the cursor on a second. */
  pointAt(second: number): void {
    const plot = this.#plot;
    if (plot !== undefined) plot.setCursor({ left: plot.valToPos(second, 'x'), top: CURSOR_TOP_PX });
  }

  /** Draws it anew, in the colours of the theme. */
  redraw(): void {
    if (this.#rows.length === 0) return;
    this.#plot?.destroy();
    this.#plot = createPlot(
      {
        definition: this.#definition,
        host: this.#host,
        isShown: (id) => !this.#hidden.has(id),
        onCursor: (index) => {
          this.#cursorIndex = index;
          this.#showValues();
        },
      },
      this.#data(),
    );
  }

  #createButton({ colour, id, title }: SeriesDefinition, index: number): HTMLButtonElement {
    const output = this.#outputs[index];
    const button = createElement('button', {
      class: `swatch-${String(colour)}`,
      attributes: { type: 'button', 'aria-pressed': 'true', 'data-series': id },
    });
    button.append(title, ...(output === undefined ? [] : [output]));
    button.addEventListener('click', () => {
      this.#listener.onToggle(id);
    });
    return button;
  }

  #data(): uPlot.AlignedData {
    return [
      this.#rows.map(([second]) => second),
      ...this.#definition.series.map(({ valueOf }) =>
        this.#rows.map((row) => (row[0] < this.#from ? null : valueOf(row))),
      ),
    ];
  }

  /** The values under the cursor, else those of the last second. */
  #showValues(): void {
    const row = this.#rows[this.#cursorIndex ?? this.#rows.length - 1];
    this.#definition.series.forEach(({ valueOf }, index) => {
      const output = this.#outputs[index];
      if (output !== undefined) setText(output, row === undefined ? NOTHING : this.#format(valueOf(row)));
    });
  }

  #moveCursor(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -60, PageDown: 60 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const last = this.#rows.length - 1;
    const first = Math.max(
      0,
      this.#rows.findIndex(([second]) => second >= this.#from),
    );
    const index = Math.min(Math.max((this.#cursorIndex ?? last) + step, first), last);
    const row = this.#rows[index];
    if (row === undefined) return;
    this.#listener.onMove(row[0]);
    this.#listener.onAnnounce(`${formatTime(row[0])}: ${this.#valuesText(row)}`);
  }

  #describe(): string {
    const row = this.#rows.at(-1);
    if (row === undefined) return this.#definition.title;
    return `${this.#definition.title}. Last second, ${formatTime(row[0])}: ${this.#valuesText(row)}. Left and right arrow keys go through the seconds.`;
  }

  #valuesText(row: SecondRow): string {
    return this.#definition.series.map(({ title, valueOf }) => `${title} ${this.#format(valueOf(row))}`).join(', ');
  }

  /** The last minute; it stays as it is while it is read, and is made anew when it is opened again. */
  #fillTable(): void {
    this.#details.querySelector('.scroll')?.remove();
    if (!this.#details.open) return;
    const titles = ['Time', ...this.#definition.series.map(({ title }) => title)];
    const head = createElement(
      'tr',
      {},
      ...titles.map((text) => createElement('th', { text, attributes: { scope: 'col' } })),
    );
    const rows = this.#rows
      .filter(([second]) => second >= this.#from)
      .slice(-TABLE_SECONDS)
      .reverse()
      .map((row) =>
        createElement(
          'tr',
          {},
          createElement('th', { text: formatTime(row[0]), attributes: { scope: 'row' } }),
          ...this.#definition.series.map(({ valueOf }) => createElement('td', { text: this.#format(valueOf(row)) })),
        ),
      );
    const table = createElement(
      'table',
      {},
      createElement('caption', { class: 'unseen', text: `${this.#definition.title}, the last minute` }),
      createElement('thead', {}, head),
      createElement('tbody', {}, ...rows),
    );
    const attributes = { tabindex: '0', role: 'region', 'aria-label': `${this.#definition.title} as a table` };
    this.#details.append(createElement('div', { class: 'scroll', attributes }, table));
  }

  #format(value: number | null): string {
    return value === null ? NOTHING : this.#definition.format(value);
  }
}
