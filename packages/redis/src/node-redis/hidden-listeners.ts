import type { Listener } from '../messages/dispatch.ts';
import type { Kind } from './subscribed-clients.ts';

/** One listener of the user's, of one kind and mode, for whichever channels. */
export class HiddenListener {
  readonly kind: Kind;
  readonly isBuffer: boolean;
  readonly original: Listener;
  /** What node-redis calls instead. */
  readonly wrapped: Listener;
  /** What it is subscribed to: see `KeyRegister`. */
  readonly keys = new Set<string>();
  /** The number of the last message it was called with. */
  messageNumber = 0;

  constructor(kind: Kind, isBuffer: boolean, original: Listener, wrap: (listener: HiddenListener) => Listener) {
    this.kind = kind;
    this.isBuffer = isBuffer;
    this.original = original;
    this.wrapped = wrap(this);
  }
}

/**
 * The wrapped function of each listener, one for each kind and mode.
 *
 * node-redis keeps listeners in Sets: a function given twice is called once, and only the same function unsubscribes.
 * So a listener has one wrapped function, for as long as it lives.
 */
export class ListenerTable {
  readonly #byOriginal = new Map<string, WeakMap<Listener, HiddenListener>>();
  readonly #byWrapped = new WeakMap<Listener, HiddenListener>();
  readonly #wrap: (listener: HiddenListener) => Listener;

  /** @param wrap - makes the function that the client is to call */
  constructor(wrap: (listener: HiddenListener) => Listener) {
    this.#wrap = wrap;
  }

  /** The listener of a wrapped function; `undefined` for one of the user's. */
  ofWrapped(listener: Listener): HiddenListener | undefined {
    return this.#byWrapped.get(listener);
  }

  /** The listener of a user's function, if it had one before. */
  find(kind: Kind, isBuffer: boolean, original: Listener): HiddenListener | undefined {
    return this.#originals(kind, isBuffer).get(original);
  }

  /** The listener of a user's function. */
  of(kind: Kind, isBuffer: boolean, original: Listener): HiddenListener {
    const known = this.find(kind, isBuffer, original);
    if (known !== undefined) return known;
    const listener = new HiddenListener(kind, isBuffer, original, this.#wrap);
    this.#originals(kind, isBuffer).set(original, listener);
    this.#byWrapped.set(listener.wrapped, listener);
    return listener;
  }

  #originals(kind: Kind, isBuffer: boolean): WeakMap<Listener, HiddenListener> {
    const name = isBuffer ? `${kind} buffers` : kind;
    let originals = this.#byOriginal.get(name);
    if (originals === undefined) this.#byOriginal.set(name, (originals = new WeakMap()));
    return originals;
  }
}

/** Which listeners stand under which key (channel or pattern) of one kind. */
export class KeyRegister {
  readonly #byKey = new Map<string, Set<HiddenListener>>();

  /** How many keys there are. */
  get size(): number {
    return this.#byKey.size;
  }

  add(keys: readonly string[], listener: HiddenListener): void {
    for (const key of keys) {
      let listeners = this.#byKey.get(key);
      if (listeners === undefined) this.#byKey.set(key, (listeners = new Set()));
      listeners.add(listener);
      listener.keys.add(key);
    }
  }

  /** Takes away one listener, or all, from some keys. */
  remove(keys: readonly string[], listener?: HiddenListener): void {
    for (const key of keys) {
      const listeners = this.#byKey.get(key);
      if (listeners === undefined) continue;
      for (const each of listener === undefined ? [...listeners] : [listener]) {
        listeners.delete(each);
        each.keys.delete(key);
      }
      if (listeners.size === 0) this.#byKey.delete(key);
    }
  }

  /** Takes away everything. */
  clear(): void {
    this.remove([...this.#byKey.keys()]);
  }

  entries(): [string, HiddenListener][] {
    return [...this.#byKey].flatMap(([key, listeners]) =>
      [...listeners].map((listener): [string, HiddenListener] => [key, listener]),
    );
  }
}
