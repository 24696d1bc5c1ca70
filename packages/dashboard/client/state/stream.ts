import type { Snapshot, Tick, WindowMinutes } from '../../src/wire/messages.ts';

/** Whether figures come in. */
export type StreamState = 'connecting' | 'live' | 'lost';

export interface StreamListener {
  readonly onSnapshot: (snapshot: Snapshot) => void;
  readonly onTick: (tick: Tick) => void;
  /** @param reason - what the service says where it refuses the stream */
  readonly onState: (state: StreamState, reason: string) => void;
}

/** Without a message for so long the stream is held to be lost, in milliseconds: one comes each second. */
const SILENCE_MS = 5000;

/** How soon a stream that was refused is asked for again, in milliseconds. */
const RETRY_MS = 2000;

/** The stream of one window. It comes back by itself, however often and long the service is away. */
export class Stream {
  readonly #listener: StreamListener;
  readonly #minutes: WindowMinutes;
  #source: EventSource | undefined;
  #retryTimer: number | undefined;
  #silenceTimer: number | undefined;

  constructor(minutes: WindowMinutes, listener: StreamListener) {
    this.#minutes = minutes;
    this.#listener = listener;
    this.#open();
  }

  get #url(): string {
    return `stream?window=${String(this.#minutes)}`;
  }

  close(): void {
    window.clearTimeout(this.#retryTimer);
    window.clearTimeout(this.#silenceTimer);
    this.#source?.close();
  }

  #open(): void {
    window.clearTimeout(this.#retryTimer);
    this.#source?.close();
    const source = new EventSource(this.#url);
    this.#source = source;
    source.addEventListener('snapshot', (event: MessageEvent<string>) => {
      this.#heard();
      // The server of this page wrote it from a Snapshot.
      this.#listener.onSnapshot(JSON.parse(event.data) as Snapshot);
    });
    source.addEventListener('tick', (event: MessageEvent<string>) => {
      this.#heard();
      // The server of this page wrote it from a Tick.
      this.#listener.onTick(JSON.parse(event.data) as Tick);
    });
    source.onerror = () => {
      this.#listener.onState('lost', '');
      // After an answer that is no stream (503: too many look on, or a service that stops) a browser gives up.
      if (source.readyState !== EventSource.CLOSED) return;
      void this.#askWhy();
      this.#openSoon();
    };
  }

  /** An EventSource knows that it was refused, but not why. */
  async #askWhy(): Promise<void> {
    const asking = new AbortController();
    try {
      const response = await fetch(this.#url, { signal: asking.signal });
      if (!response.ok) this.#listener.onState('lost', (await response.text()).trim());
    } catch {
      // It is away altogether.
    }
    asking.abort();
  }

  #openSoon(): void {
    window.clearTimeout(this.#retryTimer);
    this.#retryTimer = window.setTimeout(() => {
      this.#open();
    }, RETRY_MS);
  }

  #heard(): void {
    this.#listener.onState('live', '');
    window.clearTimeout(this.#silenceTimer);
    this.#silenceTimer = window.setTimeout(() => {
      this.#listener.onState('lost', '');
      this.#open();
    }, SILENCE_MS);
  }
}
