import { isNativePromise } from '../messages/native-promise.ts';

/** What is to be done when a command of a client is done, before its caller hears of it. */
export interface CommandOutcome {
  readonly onDone?: (() => void) | undefined;
  readonly onFailed?: ((error: unknown) => void) | undefined;
  /** Whether the caller gave a callback, so that the client itself handles the promise's rejection. */
  readonly hasCallback?: boolean | undefined;
}

/**
 * Calls a command of a client, and watches how it ends.
 *
 * It returns a promise that does as the client's own does, rather than that one: to watch a promise is to handle its
 * rejection, and with the client's own the crash of a `client.subscribe(...)` that nobody awaits would be gone.
 */
export function observeCommand(command: () => unknown, { onDone, onFailed, hasCallback }: CommandOutcome): unknown {
  let result: unknown;
  try {
    result = command();
  } catch (error) {
    onFailed?.(error);
    throw error;
  }
  if (!isNativePromise(result)) return result;
  const watched = result.then(
    (value) => {
      onDone?.();
      return value;
    },
    (error: unknown) => {
      onFailed?.(error);
      if (hasCallback !== true) throw error;
      return undefined;
    },
  );
  return hasCallback === true ? result : watched;
}
