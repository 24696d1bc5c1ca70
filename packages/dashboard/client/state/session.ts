import type { Snapshot, WindowMinutes } from '../../src/wire/messages.ts';
import { formatZonedTime } from '../format.ts';
import { readAddress, spanQuery, writeAddress, type Address } from './address.ts';
import { Stream, type StreamState } from './stream.ts';
import { viewOf, withTick, type View } from './view-state.ts';

const SLOT_SECONDS = 5;

/** What the page does when something changed. */
export interface SessionListener {
  /** Figures, the address or the stream changed. */
  readonly onChange: () => void;
  readonly onNotice: (text: string) => void;
}

/** What the page was told, which time of it is shown, and its address. */
export class Session {
  readonly #listener: SessionListener;
  readonly #seriesIds: readonly string[];
  #address: Address;
  #live: View | undefined;
  #frozen: View | undefined;
  #stream: Stream | undefined;
  #streamState: StreamState = 'connecting';
  #refusal = '';

  constructor(seriesIds: readonly string[], listener: SessionListener) {
    this.#seriesIds = seriesIds;
    this.#listener = listener;
    this.#address = readAddress(location.search, seriesIds);
  }

  get address(): Address {
    return this.#address;
  }

  get streamState(): StreamState {
    return this.#streamState;
  }

  /** Why the service refuses the stream, in its words; empty where it does not. */
  get refusal(): string {
    return this.#refusal;
  }

  /** True where the last that came was that monitoring was stopped. */
  get isStopped(): boolean {
    return this.#streamState === 'lost' && this.#live?.snapshot.health.state === 'stopped';
  }

  /** The newest figures, also while older ones are shown. */
  get live(): View | undefined {
    return this.#live;
  }

  /** The figures that are shown. */
  get view(): View | undefined {
    return this.#frozen ?? this.#live;
  }

  /** Begins to listen. A page that nobody sees does not: it costs neither the service nor this device anything. */
  start(): void {
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#rest();
      else this.#connect();
    });
    if (!document.hidden) this.#connect();
    if (this.#address.at !== undefined) void this.#freeze();
  }

  change(change: Partial<Address>): void {
    this.#address = { ...this.#address, ...change };
    history.replaceState(null, '', writeAddress(this.#address, this.#seriesIds) + location.hash);
    this.#listener.onChange();
  }

  changeWindow(minutes: WindowMinutes): void {
    this.change({ minutes, from: undefined });
    this.#connect();
    if (this.#address.at !== undefined) void this.#freeze();
  }

  togglePause(): void {
    if (this.#address.at !== undefined) this.resume();
    else {
      const to = this.#live?.snapshot.to ?? Math.floor(Date.now() / 1000);
      // The server sums up whole slots: so whoever is sent the address sees the same.
      this.change({ at: slotBefore(to), from: undefined });
      void this.#freeze();
    }
  }

  /** Shows a part of the window, in charts and tables. */
  zoom(from: number, to: number): void {
    const begin = slotBefore(from);
    this.change({ from: begin, at: Math.max(slotBefore(to + SLOT_SECONDS - 1), begin + SLOT_SECONDS) });
    void this.#freeze();
  }

  resume(): void {
    this.#frozen = undefined;
    this.#listener.onNotice('');
    this.change({ at: undefined, from: undefined });
  }

  #connect(): void {
    this.#stream?.close();
    this.#stream = new Stream(this.#address.minutes, {
      onSnapshot: (snapshot) => {
        this.#live = viewOf(snapshot);
        this.#listener.onChange();
      },
      onTick: (tick) => {
        if (this.#live === undefined) return;
        this.#live = withTick(this.#live, tick);
        this.#listener.onChange();
      },
      onState: (state, reason) => {
        // Until it says something else, what it said holds: it refuses again and again.
        const refusal = state === 'lost' && reason === '' ? this.#refusal : reason;
        if (state === this.#streamState && refusal === this.#refusal) return;
        this.#streamState = state;
        this.#refusal = refusal;
        this.#listener.onChange();
      },
    });
  }

  #rest(): void {
    this.#stream?.close();
    this.#stream = undefined;
  }

  async #freeze(): Promise<void> {
    const { address } = this;
    const asked = spanQuery(address).toString();
    const isStillAsked = (): boolean => spanQuery(this.#address).toString() === asked;
    try {
      const response = await fetch(`view.json?${asked}`);
      // Meanwhile somebody may have gone on, or to another window.
      if (!isStillAsked()) return;
      if (!response.ok) throw new Error((await response.text()).trim());
      // The server of this page wrote it from a Snapshot.
      const snapshot = (await response.json()) as Snapshot;
      if (!isStillAsked()) return;
      this.#frozen = viewOf(snapshot);
      this.#listener.onNotice('');
      this.#listener.onChange();
    } catch (error) {
      if (!isStillAsked()) return;
      this.resume();
      const reason = error instanceof Error ? error.message : 'no answer';
      this.#listener.onNotice(`The page cannot stand still at ${formatZonedTime(address.at ?? 0)}: ${reason}`);
    }
  }
}

function slotBefore(second: number): number {
  return Math.floor(second / SLOT_SECONDS) * SLOT_SECONDS;
}
