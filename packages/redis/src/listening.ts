import type { Listener } from './listener-runner.ts';

/** The three ways to subscribe, under node-redis's own names. */
export type Kind = 'CHANNELS' | 'PATTERNS' | 'SHARDED';

/** One listener of the user's, of one kind and mode, for whichever channels. */
export class Listening {
  readonly kind: Kind;
  readonly isBuffer: boolean;
  readonly original: Listener;
  /** What node-redis calls instead. */
  readonly wrapped: Listener;
  /** What it is subscribed to, where that is kept: see `KeyRegister`. */
  readonly keys = new Set<string>();
  /** The number of the last message it was called with. */
  messageNumber = 0;

  constructor(kind: Kind, isBuffer: boolean, original: Listener, wrap: (listening: Listening) => Listener) {
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
  readonly #byOriginal = new Map<string, WeakMap<Listener, Listening>>();
  readonly #byWrapped = new WeakMap<Listener, Listening>();
  readonly #wrap: (listening: Listening) => Listener;

  /** @param wrap - makes the function that the client is to call */
  constructor(wrap: (listening: Listening) => Listener) {
    this.#wrap = wrap;
  }

  /** The listening of a wrapped function; `undefined` for one of the user's. */
  ofWrapped(listener: Listener): Listening | undefined {
    return this.#byWrapped.get(listener);
  }

  /** The listening of a user's function, if it had one before. */
  find(kind: Kind, isBuffer: boolean, original: Listener): Listening | undefined {
    return this.#originals(kind, isBuffer).get(original);
  }

  /** The listening of a user's function. */
  of(kind: Kind, isBuffer: boolean, original: Listener): Listening {
    const known = this.find(kind, isBuffer, original);
    if (known !== undefined) return known;
    const listening = new Listening(kind, isBuffer, original, this.#wrap);
    this.#originals(kind, isBuffer).set(original, listening);
    this.#byWrapped.set(listening.wrapped, listening);
    return listening;
  }

  #originals(kind: Kind, isBuffer: boolean): WeakMap<Listener, Listening> {
    const name = isBuffer ? `${kind} buffers` : kind;
    let originals = this.#byOriginal.get(name);
    if (originals === undefined) this.#byOriginal.set(name, (originals = new WeakMap()));
    return originals;
  }
}

/**
 * Which listenings stand under which key (channel or pattern) of one kind. Kept only where the client does not tell:
 * which pattern a message came by, and what a sentinel's hidden client is subscribed to.
 */
export class KeyRegister {
  readonly #byKey = new Map<string, Set<Listening>>();

  add(keys: readonly string[], listening: Listening): void {
    for (const key of keys) {
      let listenings = this.#byKey.get(key);
      if (listenings === undefined) this.#byKey.set(key, (listenings = new Set()));
      listenings.add(listening);
      listening.keys.add(key);
    }
  }

  /** Takes away one listening, or all, from some keys. */
  remove(keys: readonly string[], listening?: Listening): void {
    for (const key of keys) {
      const listenings = this.#byKey.get(key);
      if (listenings === undefined) continue;
      for (const each of listening === undefined ? [...listenings] : [listening]) {
        listenings.delete(each);
        each.keys.delete(key);
      }
      if (listenings.size === 0) this.#byKey.delete(key);
    }
  }

  /** Takes away everything. */
  clear(): void {
    this.remove([...this.#byKey.keys()]);
  }

  entries(): [string, Listening][] {
    return [...this.#byKey].flatMap(([key, listenings]) =>
      [...listenings].map((listening): [string, Listening] => [key, listening]),
    );
  }
}
