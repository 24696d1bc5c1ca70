/**
 * How a callback of the user's failed: it threw, it gave a promise that rejected, or it gave a promise where a value was
 * wanted at once.
 */
export type CallbackFailure = 'threw' | 'rejected' | 'gave-promise';

/** Told of each failure; it must not throw. */
export type OnCallbackFailure = (failure: CallbackFailure) => void;

/**
 * Guards a callback that is asked for a value: whatever it does, the caller goes on with the value or with `undefined`.
 *
 * A promise is no value: it counts as a failure, and what it rejects with is nobody's unhandled rejection.
 */
export function guardQuestion<Args extends readonly unknown[], Value>(
  callback: (...args: Args) => Value,
  onFailure: OnCallbackFailure,
): (...args: Args) => Awaited<Value> | undefined {
  return (...args) => {
    try {
      const value = callback(...args);
      // What is no promise is its own awaited value.
      if (!isThenable(value)) return value as Awaited<Value>;
      onFailure('gave-promise');
      swallowRejection(value, undefined);
    } catch {
      onFailure('threw');
    }
    return undefined;
  };
}

/** Guards a callback that is told something: a logger, an observer, a listener. A promise is fine; its rejection counts. */
export function guardListener<Args extends readonly unknown[]>(
  callback: (...args: Args) => unknown,
  onFailure: OnCallbackFailure = ignore,
): (...args: Args) => void {
  return (...args) => {
    try {
      const result = callback(...args);
      if (isThenable(result)) swallowRejection(result, onFailure);
    } catch {
      onFailure('threw');
    }
  };
}

/** Whether something has a `then`: a promise, of whichever library or realm. May throw, if that is a getter. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return 'then' in value && typeof value.then === 'function';
}

function swallowRejection(promise: PromiseLike<unknown>, onFailure: OnCallbackFailure | undefined): void {
  promise.then(undefined, () => onFailure?.('rejected'));
}

function ignore(): void {
  // What is told and fails is its own affair, where nobody counts it.
}
