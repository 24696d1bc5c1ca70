import { defaultOrder, SHOWN_TABLES, type ShownTable, type TableOrder } from '../src/wire/table-columns.ts';
import type { Snapshot, WindowMinutes } from '../src/wire/messages.ts';
import { orderQuery, readAddress, writeAddress, type Address } from './state/address.ts';
import { Chart } from './charts/chart.ts';
import { CHARTS, SERIES_IDS } from './charts/chart-definitions.ts';
import { DeliveryPanel } from './tables/delivery-panel.ts';
import { findElement, setText } from './element.ts';
import { formatTime } from './format.ts';
import { Stream, type StreamState } from './state/stream.ts';
import { TablePanel, type TableText } from './tables/table-panel.ts';
import { installTheme } from './state/theme.ts';
import { Tiles } from './tables/tiles.ts';
import { secondOf, spanSecondsOf, viewOf, withTick, type View } from './state/view-state.ts';

const TABLE_TEXTS: Readonly<Record<ShownTable, TableText>> = {
  routes: { title: 'Routes', key: 'Route', last: 'Status', empty: 'No request yet.' },
  errorCodes: { title: 'Errors by code', key: 'Code', last: 'Last route', empty: 'No request failed.' },
  accounts: { title: 'WebSocket sends by account', key: 'Account', empty: 'Nothing was sent in answer to Redis.' },
  channels: { title: 'Redis messages by channel', key: 'Channel', empty: 'No message yet.' },
  subscriptionErrors: { title: 'Subscription errors', key: 'Code', empty: 'None.' },
};

const SECONDS_PER_MINUTE = 60;
const SLOT_SECONDS = 5;
const STATE_TEXTS: Readonly<Record<StreamState | 'paused', string>> = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Reconnecting',
  paused: 'Paused',
};

/** The page: what it was told, what of it is shown, and its address. */
export class Page {
  #address: Address = readAddress(location.search, SERIES_IDS);
  #live: View | undefined;
  #frozen: View | undefined;
  #streamState: StreamState = 'connecting';
  #stream: Stream | undefined;
  readonly #tiles = new Tiles(findElement('tiles'));
  readonly #delivery = new DeliveryPanel();
  readonly #charts: readonly Chart[];
  readonly #tables: ReadonlyMap<ShownTable, TablePanel>;

  constructor() {
    this.#charts = CHARTS.map(
      (definition) =>
        new Chart(definition, {
          onToggle: (id) => {
            this.#toggleSeries(id);
          },
          onMove: (second) => {
            for (const chart of this.#charts) chart.pointAt(second);
          },
          onAnnounce: (text) => {
            setText(findElement('announcement'), text);
          },
        }),
    );
    findElement('charts').append(...this.#charts.map(({ element }) => element));
    this.#tables = new Map(SHOWN_TABLES.map((name) => [name, this.#createTable(name)]));
  }

  start(): void {
    installTheme(findElement('theme'), () => {
      for (const chart of this.#charts) chart.redraw();
    });
    this.#listenToWindow();
    findElement('pause').addEventListener('click', () => {
      this.#togglePause();
    });
    document.addEventListener('keydown', (event) => {
      // A space on something that takes one is its own.
      if (event.key === ' ' && event.target === document.body) {
        event.preventDefault();
        this.#togglePause();
      }
    });
    this.#connect();
    if (this.#address.at !== undefined) void this.#freeze(this.#address.at);
    this.#render();
  }

  #createTable(name: ShownTable): TablePanel {
    const order = name === 'routes' ? this.#address.order : defaultOrder(name);
    return new TablePanel(name, TABLE_TEXTS[name], order, (changed) => {
      this.#changeOrder(name, changed);
    });
  }

  #listenToWindow(): void {
    for (const input of document.querySelectorAll<HTMLInputElement>('input[name=window]')) {
      input.checked = input.value === String(this.#address.minutes);
      input.addEventListener('change', () => {
        this.#changeWindow(input.value === '5' ? 5 : 15);
      });
    }
  }

  #connect(): void {
    this.#stream?.close();
    this.#stream = new Stream(this.#address.minutes, {
      onSnapshot: (snapshot) => {
        this.#live = viewOf(snapshot);
        this.#render();
      },
      onTick: (tick) => {
        if (this.#live === undefined) return;
        this.#live = withTick(this.#live, tick);
        this.#render();
      },
      onState: (state) => {
        this.#streamState = state;
        this.#renderState();
      },
    });
  }

  #changeWindow(minutes: WindowMinutes): void {
    this.#changeAddress({ minutes });
    this.#connect();
    if (this.#address.at !== undefined) void this.#freeze(this.#address.at);
  }

  #changeOrder(name: ShownTable, order: TableOrder): void {
    if (name === 'routes') this.#changeAddress({ order });
    this.#render();
  }

  #toggleSeries(id: string): void {
    const hidden = new Set(this.#address.hidden);
    if (!hidden.delete(id)) hidden.add(id);
    this.#changeAddress({ hidden });
    this.#render();
  }

  #togglePause(): void {
    if (this.#address.at === undefined) {
      const to = this.#live?.snapshot.to ?? Math.floor(Date.now() / 1000);
      // The server sums up whole slots: so whoever is sent the address sees the same.
      void this.#freeze(Math.floor(to / SLOT_SECONDS) * SLOT_SECONDS);
    } else this.#resume();
  }

  #resume(): void {
    this.#changeAddress({ at: undefined });
    this.#frozen = undefined;
    this.#showNotice('');
    this.#render();
  }

  async #freeze(at: number): Promise<void> {
    this.#changeAddress({ at });
    this.#renderState();
    const { minutes } = this.#address;
    try {
      const response = await fetch(`view.json?window=${String(minutes)}&at=${String(at)}`);
      // Meanwhile somebody may have gone on, or to another window.
      if (this.#address.at !== at || this.#address.minutes !== minutes) return;
      if (!response.ok) throw new Error((await response.text()).trim());
      // The server of this page wrote it from a Snapshot.
      this.#frozen = viewOf((await response.json()) as Snapshot);
      this.#showNotice('');
    } catch (error) {
      this.#resume();
      this.#showNotice(
        `The page cannot stand still at ${formatTime(at)}: ${error instanceof Error ? error.message : 'no answer'}`,
      );
      return;
    }
    this.#render();
  }

  #changeAddress(change: Partial<Address>): void {
    this.#address = { ...this.#address, ...change };
    history.replaceState(null, '', writeAddress(this.#address, SERIES_IDS));
    this.#renderExports();
  }

  #render(): void {
    this.#renderState();
    this.#renderExports();
    const view = this.#frozen ?? this.#live;
    if (view === undefined) return;
    const { from, health, service, to } = view.snapshot;
    setText(findElement('service'), service);
    setText(findElement('span'), `${formatTime(from)} – ${formatTime(to)}`);
    this.#tiles.show(view);
    // A database that goes away must be seen also by who looks at the past.
    this.#delivery.show((this.#live ?? view).snapshot.health);
    const length = this.#address.minutes * SECONDS_PER_MINUTE;
    const rows = Array.from({ length }, (_unused, index) => secondOf(view, to - length + index));
    for (const chart of this.#charts) chart.show(rows, from, this.#address.hidden);
    for (const [name, table] of this.#tables) table.show(view.tables[name], spanSecondsOf(view));
    document.title = `${health.state === 'ok' ? '' : '⚠ '}${service} monitoring`;
  }

  #renderState(): void {
    const isPaused = this.#address.at !== undefined;
    const state = isPaused && this.#streamState === 'live' ? 'paused' : this.#streamState;
    const connection = findElement('connection');
    connection.dataset['state'] = state;
    setText(connection, STATE_TEXTS[state]);
    setText(findElement('pause'), isPaused ? 'Go on' : 'Pause');
    document.body.classList.toggle('stale', this.#streamState === 'lost');
  }

  #renderExports(): void {
    const { at, minutes } = this.#address;
    const query = new URLSearchParams({ window: String(minutes) });
    if (at !== undefined) query.set('at', String(at));
    for (const [name, table] of this.#tables) {
      table.exportLink.href = `export.csv?table=${name}&${query.toString()}&${orderQuery(table.order).toString()}`;
    }
    findElement('export-seconds').setAttribute('href', `export.csv?table=seconds&${query.toString()}`);
    findElement('export-points').setAttribute('href', `export.lp?${query.toString()}`);
  }

  #showNotice(text: string): void {
    const notice = findElement('notice');
    notice.hidden = text === '';
    setText(notice, text);
  }
}
