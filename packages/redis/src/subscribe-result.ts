import type { ErrorRecorder } from './error-recorder.ts';
import { isNativePromise } from './listener-runner.ts';

/**
 * Calls a client's subscribe, and records its failure.
 *
 * What it returns is a promise that does as the client's own does, rather than that one: watching a promise counts as
 * handling its rejection, so with the client's own the crash of `client.subscribe(...)` without an await would be gone.
 */
export function watchSubscribe(subscribe: () => unknown, errors: ErrorRecorder, onSubscribed: () => void): unknown {
  let result: unknown;
  try {
    result = subscribe();
  } catch (error) {
    errors.recordSubscribeError(error);
    throw error;
  }
  if (!isNativePromise(result)) return result;
  return result.then(
    (value) => {
      onSubscribed();
      return value;
    },
    (error: unknown) => {
      errors.recordSubscribeError(error);
      throw error;
    },
  );
}
