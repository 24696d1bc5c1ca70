import type uPlot from 'uplot';
import { createElement, setText } from '../element.ts';
import { formatTime, formatZonedTime, NOTHING } from '../format.ts';
import type { Moment } from '../state/view-state.ts';
import { fitToPixels } from './buckets.ts';
import { formatValueOf, isAwaited, valueAt, type ChartDefinition, type SeriesDefinition } from './chart-definitions.ts';
import { createChartTable } from './chart-table.ts';
import { Keys } from './keys.ts';
import { createPlot } from './plot.ts';

/** What a chart tells the page. */
export interface ChartListener {
  readonly onToggle: (seriesId: string) => void;
  /** The mouse or the arrow keys point at a second, at which all charts are to point; `null` where none does. */
  readonly onPoint: (second: number | null) => void;
  /** Somebody wants to see these seconds alone. */
  readonly onZoom: (from: number, to: number) => void;
  readonly onAnnounce: (text: string) => void;
}

/** What a chart shows. */
export interface ChartFrame {
  /** Seconds, one each without a gap. */
  readonly moments: readonly Moment[];
  /** Lines that are not shown. */
  readonly hidden: ReadonlySet<string>;
}

const AXES_PX = 64;
const CURSOR_TOP_PX = 10;
const OUTSIDE_PX = -10;

/** A chart with its legend and, for who cannot see it, the same figures as a table. */
export class Chart {
  readonly element: HTMLElement;
  readonly definition: ChartDefinition;
  readonly #listener: ChartListener;
  readonly #host: HTMLElement;
  readonly #time = createElement('output', { class: 'time', attributes: { 'aria-live': 'off' } });
  readonly #outputs: readonly HTMLOutputElement[];
  readonly #buttons: readonly HTMLButtonElement[];
  readonly #tableButton: HTMLButtonElement;
  readonly #keys: Keys;
  #table: HTMLElement | undefined;
  #plot: uPlot | undefined;
  #frame: ChartFrame = { moments: [], hidden: new Set() };
  #pointed: number | null = null;
  /** Kept, since asking for it while the page changes has all of it laid out. */
  #widthPx = 0;

  constructor(definition: ChartDefinition, listener: ChartListener) {
    this.definition = definition;
    this.#listener = listener;
    this.#outputs = definition.series.map(() =>
      createElement('output', { text: NOTHING, attributes: { 'aria-live': 'off' } }),
    );
    this.#buttons = definition.series.map((series, index) => this.#createButton(series, index));
    this.#host = createElement('div', {
      class: 'plot',
      attributes: { role: 'img', tabindex: '0', 'aria-label': definition.title, 'data-chart': definition.id },
    });
    this.#keys = new Keys(this.#host, {
      onMove: (second) => {
        listener.onPoint(second);
        this.#announce(second);
      },
      onZoom: listener.onZoom,
      onAnnounce: listener.onAnnounce,
    });
    this.#tableButton = createElement('button', {
      class: 'as-table',
      text: 'Table',
      attributes: { type: 'button', 'aria-pressed': 'false', 'aria-label': `${definition.title} as a table` },
    });
    this.#tableButton.addEventListener('click', () => {
      this.#toggleTable();
    });
    this.element = this.#createElement();
    new ResizeObserver(() => {
      if (this.#host.clientWidth > 0) this.#widthPx = this.#host.clientWidth;
      this.#resize();
    }).observe(this.#host);
  }

  show(frame: ChartFrame): void {
    this.#frame = frame;
    this.#keys.moments = frame.moments;
    this.definition.series.forEach(({ id }, index) => {
      const isShown = !frame.hidden.has(id);
      this.#buttons[index]?.setAttribute('aria-pressed', String(isShown));
      if (this.#plot?.series[index + 1]?.show === !isShown) this.#plot.setSeries(index + 1, { show: isShown });
    });
    if (this.#plot === undefined) this.redraw();
    else this.#plot.setData(this.#data());
    this.#showValues();
    this.#host.setAttribute('aria-label', this.#describe());
  }

  /** Puts the cursor on a second, or takes it away. */
  pointAt(second: number | null): void {
    this.#pointed = second;
    const left = second === null ? OUTSIDE_PX : (this.#plot?.valToPos(second, 'x') ?? OUTSIDE_PX);
    this.#plot?.setCursor({ left, top: second === null ? OUTSIDE_PX : CURSOR_TOP_PX }, false);
    this.#showValues();
  }

  /** Draws it anew, in the colours of the theme. */
  redraw(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    if (this.#frame.moments.length === 0) return;
    this.#plot = createPlot(
      {
        definition: this.definition,
        host: this.#host,
        isShown: (id) => !this.#frame.hidden.has(id),
        moments: () => this.#frame.moments,
        onCursor: this.#listener.onPoint,
        onZoom: this.#listener.onZoom,
      },
      this.#data(),
    );
  }

  #createElement(): HTMLElement {
    const { hasHeat, title } = this.definition;
    const legend = createElement('div', {
      class: 'legend',
      attributes: { role: 'group', 'aria-label': `Lines of ${title}` },
    });
    legend.append(...this.#buttons);
    const heatKey = hasHeat === true ? [createElement('span', { class: 'heat-key', text: 'few – many' })] : [];
    const head = createElement('header', {}, createElement('h2', { text: title }), this.#time, ...heatKey);
    head.append(this.#tableButton);
    return createElement('article', { class: 'chart' }, head, legend, this.#host);
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
    const { moments } = this.#frame;
    const columns = {
      seconds: moments.map(({ second }) => second),
      values: this.definition.series.map((series) => moments.map((moment) => this.#drawable(valueAt(series, moment)))),
    };
    return fitToPixels(columns, Math.max((this.#widthPx ||= this.#host.clientWidth) - AXES_PX, 50));
  }

  /** A logarithmic scale has no zero. */
  #drawable(value: number | null): number | null {
    return value !== null && this.definition.isLogarithmic === true ? Math.max(1, value) : value;
  }

  #resize(): void {
    if (this.#plot === undefined) return;
    this.#plot.setSize({ width: Math.max(this.#host.clientWidth, 100), height: Math.max(this.#host.clientHeight, 60) });
    this.#plot.setData(this.#data());
  }

  /** The last moment of which all is known. */
  #lastMoment(): Moment | undefined {
    const { moments } = this.#frame;
    return moments.findLast((moment) => !isAwaited(this.definition, moment)) ?? moments.at(-1);
  }

  /** The moment that is pointed at, else the last. */
  #momentShown(): Moment | undefined {
    const { moments } = this.#frame;
    const first = moments[0]?.second ?? 0;
    if (this.#pointed === null) return this.#lastMoment();
    return moments[Math.min(Math.max(this.#pointed - first, 0), moments.length - 1)];
  }

  #showValues(): void {
    const moment = this.#momentShown();
    setText(this.#time, this.#pointed === null || moment === undefined ? '' : formatZonedTime(moment.second));
    this.definition.series.forEach((series, index) => {
      const output = this.#outputs[index];
      if (output === undefined) return;
      setText(output, moment === undefined ? NOTHING : formatValueOf(this.definition, valueAt(series, moment)));
    });
  }

  #announce(second: number): void {
    const moment = this.#momentShown();
    if (moment !== undefined) this.#listener.onAnnounce(`${formatTime(second)}: ${this.#valuesText(moment)}`);
  }

  #describe(): string {
    const moment = this.#lastMoment();
    const { title } = this.definition;
    if (moment === undefined) return title;
    return `${title}. Last second, ${formatZonedTime(moment.second)}: ${this.#valuesText(moment)}. Left and right arrow keys go through the seconds; with Shift they choose some, which Enter shows alone.`;
  }

  #valuesText(moment: Moment): string {
    return this.definition.series
      .map((series) => `${series.title} ${formatValueOf(this.definition, valueAt(series, moment))}`)
      .join(', ');
  }

  /** The table stands in the place of the plot, so that its neighbours stay as they are. It is of when it was opened. */
  #toggleTable(): void {
    const isOpen = this.#table === undefined;
    this.#table?.remove();
    this.#table = isOpen ? createChartTable(this.definition, this.#frame.moments) : undefined;
    if (this.#table !== undefined) this.element.append(this.#table);
    this.#host.hidden = isOpen;
    this.#tableButton.setAttribute('aria-pressed', String(isOpen));
  }
}
