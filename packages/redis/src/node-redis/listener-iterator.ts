import type { Listener } from '../messages/dispatch.ts';

/** What a `for ... of` over a client's listeners gets: another function for each of them, in the order of the Set. */
export class ListenerIterator implements IterableIterator<Listener> {
  readonly #listeners: Iterator<Listener>;
  readonly #exchange: (listener: Listener) => Listener;
  readonly #onEnd: (isCutShort: boolean) => void;

  /**
   * @param listeners - the Set's own iterator
   * @param exchange - gives the other function
   * @param onEnd - called once all were given, or the loop was left before: a listener threw
   */
  constructor(
    listeners: Iterator<Listener>,
    exchange: (listener: Listener) => Listener,
    onEnd: (isCutShort: boolean) => void,
  ) {
    this.#listeners = listeners;
    this.#exchange = exchange;
    this.#onEnd = onEnd;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Listener> {
    const step = this.#listeners.next();
    if (step.done === true) this.#onEnd(false);
    else step.value = this.#exchange(step.value);
    return step;
  }

  return(): IteratorResult<Listener> {
    this.#onEnd(true);
    return { done: true, value: undefined };
  }
}
