/** Looks on while points are recorded, whatever becomes of them later. What it throws is ignored. */
export interface LineObserver {
  /** Called with the line of each point at once, within `addPoints`: it must be quick. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Called when monitoring was stopped. */
  readonly onStop?: (() => void) | undefined;
}

/** Tells observers of lines. Nothing that an observer does can hurt who records. */
export class LineObservers {
  readonly #observers = new Set<LineObserver>();
  #lineListeners: readonly ((line: string) => void)[] = [];

  /** @returns a function that takes the observer away again */
  add(observer: LineObserver): () => void {
    this.#observers.add(observer);
    this.#collect();
    return () => {
      this.#observers.delete(observer);
      this.#collect();
    };
  }

  /** Tells of a line; without observers it does nothing. */
  tellLine(line: string): void {
    for (const listener of this.#lineListeners) callSafely(listener, line);
  }

  tellStop(): void {
    for (const { onStop } of [...this.#observers]) if (onStop !== undefined) callSafely(onStop, undefined);
  }

  #collect(): void {
    this.#lineListeners = [...this.#observers].flatMap(({ onLine }) => (onLine === undefined ? [] : [onLine]));
  }
}

function callSafely<Argument>(listener: (argument: Argument) => void, argument: Argument): void {
  try {
    listener(argument);
  } catch {
    // An observer's failure is its own.
  }
}
