import { defaultOrder, SHOWN_TABLES, type ShownTable, type TableOrder } from '../src/wire/table-columns.ts';
import { Chart } from './charts/chart.ts';
import { CHARTS, SERIES_IDS } from './charts/chart-definitions.ts';
import { Drawer } from './drawer/drawer.ts';
import { findElement, setText } from './element.ts';
import { StateBar } from './state-bar.ts';
import { orderQuery, spanQuery } from './state/address.ts';
import { Session } from './state/session.ts';
import { installTheme } from './state/theme.ts';
import { usageOf, type Usage } from './state/usage.ts';
import { momentsBetween, spanSecondsOf, type View } from './state/view-state.ts';
import { DeliveryPanel } from './tables/delivery-panel.ts';
import { TablePanel } from './tables/table-panel.ts';
import { Tiles } from './tables/tiles.ts';

/** What a table needs, where it is not shown for every service. */
const TABLE_NEEDS: Readonly<Partial<Record<ShownTable, keyof Usage>>> = {
  accounts: 'sends',
  channels: 'messages',
  subscriptionErrors: 'messages',
};

/** The page: it shows what the session was told, and tells the session what is wanted. */
export class Page {
  readonly #session = new Session(SERIES_IDS, {
    onChange: () => {
      this.#render();
    },
    onNotice: (text) => {
      this.#bar.showNotice(text);
    },
  });
  readonly #bar = new StateBar(this.#session);
  readonly #drawer = new Drawer({
    address: () => this.#session.address,
    onAnnounce: announce,
    onZoom: (from, to) => {
      this.#session.zoom(from, to);
    },
  });
  readonly #tiles = new Tiles(findElement('tiles'), () => {
    this.#drawer.open({ subject: 'failed', key: '' });
  });
  readonly #delivery = new DeliveryPanel();
  readonly #charts: readonly Chart[];
  readonly #tables: ReadonlyMap<ShownTable, TablePanel>;
  #usage: Usage = { sends: false, messages: false };
  #timeShown = '';

  constructor() {
    this.#charts = CHARTS.map((definition) => this.#createChart(definition));
    findElement('charts').append(...this.#charts.map(({ element }) => element));
    this.#tables = new Map(SHOWN_TABLES.map((name) => [name, this.#createTable(name)]));
  }

  start(): void {
    installTheme(findElement('theme'), () => {
      for (const chart of this.#charts) chart.redraw();
      this.#drawer.redraw();
    });
    window.addEventListener('resize', () => {
      this.#showCues();
    });
    this.#session.start();
    this.#render();
    this.#drawer.follow();
  }

  #createChart(definition: (typeof CHARTS)[number]): Chart {
    const chart = new Chart(definition, {
      onAnnounce: announce,
      onPoint: (second) => {
        for (const each of this.#charts) each.pointAt(second);
      },
      onToggle: (id) => {
        const hidden = new Set(this.#session.address.hidden);
        if (!hidden.delete(id)) hidden.add(id);
        this.#session.change({ hidden });
      },
      onZoom: (from, to) => {
        this.#session.zoom(from, to);
      },
    });
    chart.element.hidden = definition.needs !== undefined;
    return chart;
  }

  #createTable(name: ShownTable): TablePanel {
    const order = name === 'routes' ? this.#session.address.order : defaultOrder(name);
    return new TablePanel(name, order, {
      onOpen: (key) => {
        this.#drawer.open({ subject: name, key });
      },
      onOrder: (changed) => {
        this.#changeOrder(name, changed);
      },
    });
  }

  #changeOrder(name: ShownTable, order: TableOrder): void {
    // That of the others is no part of the address.
    if (name === 'routes') this.#session.change({ order });
    else this.#render();
  }

  #render(): void {
    this.#bar.show();
    this.#renderExports();
    const { view } = this.#session;
    if (view === undefined) return;
    const isKnown = this.#session.streamState !== 'lost';
    const { isStopped } = this.#session;
    this.#usage = usageOf(view, this.#usage, this.#session.address.hasAllPanels);
    this.#tiles.show(view, this.#usage, { isKnown, isStopped });
    // A database that goes away must be seen also by who looks at the past.
    this.#delivery.show((this.#session.live ?? view).snapshot.health, isKnown || isStopped);
    this.#renderCharts(view);
    this.#renderTables(view);
    const timeShown = spanQuery(this.#session.address).toString();
    if (timeShown !== this.#timeShown) this.#drawer.changeTime();
    this.#timeShown = timeShown;
  }

  #renderCharts(view: View): void {
    const moments = momentsBetween(view, view.snapshot, view.snapshot.folded);
    const { hidden } = this.#session.address;
    for (const chart of this.#charts) {
      const { needs } = chart.definition;
      chart.element.hidden = needs !== undefined && !this.#usage[needs];
      if (!chart.element.hidden) chart.show({ moments, hidden });
    }
  }

  #renderTables(view: View): void {
    const spanSeconds = spanSecondsOf(view);
    for (const [name, table] of this.#tables) {
      const needs = TABLE_NEEDS[name];
      table.element.hidden = needs !== undefined && !this.#usage[needs];
      if (!table.element.hidden) table.show(view.tables[name], spanSeconds);
    }
    this.#showCues();
  }

  /** After all tables were shown, and each after all have looked: so the page is laid out once. */
  #showCues(): void {
    const shown = [...this.#tables.values()].filter(({ element }) => !element.hidden);
    for (const showCue of shown.map((table) => table.measureCue())) showCue();
  }

  #renderExports(): void {
    const query = spanQuery(this.#session.address).toString();
    for (const [name, table] of this.#tables) {
      table.exportLink.href = `export.csv?table=${name}&${query}&${orderQuery(table.order).toString()}`;
    }
    findElement('export-seconds').setAttribute('href', `export.csv?table=seconds&${query}`);
    findElement('export-points').setAttribute('href', `export.lp?${query}`);
  }
}

function announce(text: string): void {
  setText(findElement('announcement'), text);
}
