import { guardListener } from '../process/callback-guard.ts';

/**
 * Looks on while points are recorded, whatever becomes of them later. What it throws is ignored.
 *
 * @category Points
 */
export interface LineObserver {
  /** Called with the line of each point at once, within `addPoints`: it must be quick. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Called when monitoring was stopped. */
  readonly onStop?: (() => void) | undefined;
}

/** Tells observers of lines. Nothing that an observer does can hurt who records: what it throws or rejects with counts. */
export class LineObservers {
  readonly #observers = new Map<LineObserver, GuardedObserver>();
  #lineListeners: readonly ((line: string) => void)[] = [];
  #failedCallbackCount = 0;

  /** How often an observer threw or rejected. */
  get failedCallbackCount(): number {
    return this.#failedCallbackCount;
  }

  /** @returns a function that takes the observer away again */
  add(observer: LineObserver): () => void {
    this.#observers.set(observer, {
      onLine: this.#guarded(observer.onLine?.bind(observer)),
      onStop: this.#guarded(observer.onStop?.bind(observer)),
    });
    this.#collect();
    return () => {
      this.#observers.delete(observer);
      this.#collect();
    };
  }

  /** Tells of a line; without observers it does nothing. */
  tellLine(line: string): void {
    for (const listener of this.#lineListeners) listener(line);
  }

  tellStop(): void {
    for (const { onStop } of [...this.#observers.values()]) onStop?.();
  }

  #guarded<Args extends readonly unknown[]>(
    callback: ((...args: Args) => void) | undefined,
  ): ((...args: Args) => void) | undefined {
    if (callback === undefined) return undefined;
    return guardListener(callback, () => {
      this.#failedCallbackCount += 1;
    });
  }

  #collect(): void {
    this.#lineListeners = [...this.#observers.values()].flatMap(({ onLine }) => (onLine === undefined ? [] : [onLine]));
  }
}

interface GuardedObserver {
  readonly onLine: ((line: string) => void) | undefined;
  readonly onStop: (() => void) | undefined;
}
