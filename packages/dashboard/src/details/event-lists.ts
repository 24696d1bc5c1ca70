import type { DetailEvent } from '../wire/detail.ts';

/** How many of the last events are told. */
const MAX_LAST = 50;

/** What stands for an id where there is none: it tells nobody apart. */
const NO_ID = 'none';

/** How many of the slowest are told. */
const MAX_SLOWEST = 20;

/** Keeps the last events by their time: points come in the order of their end. */
export class LastEvents {
  #events: DetailEvent[] = [];

  add(event: DetailEvent): void {
    this.#events.push(event);
    if (this.#events.length > MAX_LAST * 4) this.#events = this.read();
  }

  /** Newest first. */
  read(): DetailEvent[] {
    return this.#events.toSorted((a, b) => b.time - a.time).slice(0, MAX_LAST);
  }
}

/** Keeps the slowest events. */
export class SlowestEvents {
  readonly #events: DetailEvent[] = [];

  /** True where an event of this duration would be kept: others need not be made. */
  wants(durationUs: number): boolean {
    return this.#events.length < MAX_SLOWEST || durationUs > (this.#events.at(-1)?.durationUs ?? 0);
  }

  add(event: DetailEvent): void {
    const durationUs = event.durationUs ?? 0;
    const place = this.#events.findIndex((other) => (other.durationUs ?? 0) < durationUs);
    this.#events.splice(place === -1 ? this.#events.length : place, 0, event);
    if (this.#events.length > MAX_SLOWEST) this.#events.pop();
  }

  /** The same, unless the event has come with a point of its own. */
  addUnlessThere(event: DetailEvent): void {
    const isThere = this.#events.some(
      ({ durationUs, periodSeconds, requestId }) =>
        requestId === event.requestId && durationUs === event.durationUs && periodSeconds === undefined,
    );
    if (!isThere) this.add(event);
  }

  /** Takes the error code of a failure for the request that is here by its id: that point knows none. */
  tellCode({ errorCode, requestId, route, status }: DetailEvent): void {
    if (requestId === NO_ID) return;
    const index = this.#events.findIndex(
      (event) => event.requestId === requestId && event.route === route && event.status === status,
    );
    const event = this.#events[index];
    if (event !== undefined) this.#events[index] = { ...event, errorCode };
  }

  /** Slowest first. */
  read(): readonly DetailEvent[] {
    return this.#events;
  }
}
