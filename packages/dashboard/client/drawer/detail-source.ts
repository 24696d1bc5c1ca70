import type { Detail } from '../../src/wire/detail.ts';
import type { DrawerAddress } from '../state/address.ts';

/** How soon details are asked for again, at the soonest, in milliseconds. */
const MIN_PAUSE_MS = 2000;

/** What the service spends on details is at most this part of the time. */
const PAUSES_PER_ANSWER = 15;

/** What the drawer is told. */
export interface DetailListener {
  readonly onDetail: (detail: Detail) => void;
  /** Nothing came: why. */
  readonly onFailure: (reason: string) => void;
}

/** Asks for the details of one subject, again and again where the page is live. A page that nobody sees asks for nothing. */
export class DetailSource {
  readonly #address: DrawerAddress;
  readonly #span: () => URLSearchParams;
  readonly #listener: DetailListener;
  readonly #ending = new AbortController();
  #timer: number | undefined;

  /** @param span - which time the page shows now */
  constructor(address: DrawerAddress, span: () => URLSearchParams, listener: DetailListener) {
    this.#address = address;
    this.#span = span;
    this.#listener = listener;
    document.addEventListener(
      'visibilitychange',
      () => {
        if (!document.hidden) this.ask();
      },
      { signal: this.#ending.signal },
    );
    this.ask();
  }

  close(): void {
    this.#ending.abort();
    window.clearTimeout(this.#timer);
  }

  /** Asks now: the page shows another time. */
  ask(): void {
    window.clearTimeout(this.#timer);
    void this.#ask();
  }

  async #ask(): Promise<void> {
    const { signal } = this.#ending;
    const askedAtMs = performance.now();
    const query = this.#span();
    query.set('of', this.#address.subject);
    query.set('key', this.#address.key);
    try {
      const response = await fetch(`detail.json?${query.toString()}`, { signal });
      if (!response.ok) throw new Error((await response.text()).trim());
      // The server of this page wrote it from a Detail.
      this.#listener.onDetail((await response.json()) as Detail);
    } catch (error) {
      if (signal.aborted) return;
      this.#listener.onFailure(error instanceof Error ? error.message : 'no answer');
    }
    if (!query.has('at')) this.#askLater(performance.now() - askedAtMs);
  }

  #askLater(tookMs: number): void {
    window.clearTimeout(this.#timer);
    if (document.hidden || this.#ending.signal.aborted) return;
    this.#timer = window.setTimeout(() => void this.#ask(), Math.max(MIN_PAUSE_MS, tookMs * PAUSES_PER_ANSWER));
  }
}
