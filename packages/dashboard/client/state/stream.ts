import type { Snapshot, Tick, WindowMinutes } from '../../src/wire/messages.ts';

/** Whether figures come in. */
export type StreamState = 'connecting' | 'live' | 'lost';

export interface StreamListener {
  readonly onSnapshot: (snapshot: Snapshot) => void;
  readonly onTick: (tick: Tick) => void;
  readonly onState: (state: StreamState) => void;
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

  close(): void {
    window.clearTimeout(this.#retryTimer);
    window.clearTimeout(this.#silenceTimer);
    this.#source?.close();
  }

  #open(): void {
    window.clearTimeout(this.#retryTimer);
    this.#source?.close();
    const source = new EventSource(`stream?window=${String(this.#minutes)}`);
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
      this.#listener.onState('lost');
      // After an answer that is no stream (503: too many look on, or a service that stops) a browser gives up.
      if (source.readyState === EventSource.CLOSED) this.#openSoon();
    };
  }

  #openSoon(): void {
    window.clearTimeout(this.#retryTimer);
    this.#retryTimer = window.setTimeout(() => {
      this.#open();
    }, RETRY_MS);
  }

  #heard(): void {
    this.#listener.onState('live');
    window.clearTimeout(this.#silenceTimer);
    this.#silenceTimer = window.setTimeout(() => {
      this.#listener.onState('lost');
      this.#open();
    }, SILENCE_MS);
  }
}
