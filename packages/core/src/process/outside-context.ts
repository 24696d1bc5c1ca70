import { AsyncLocalStorage } from 'node:async_hooks';
import { processWide } from './process-wide.ts';

/**
 * Runs a task outside of any asynchronous context: timers, sends, retries and samplers that begin within a request would
 * otherwise hold that request's stores for as long as they live, and tracers would take all they do for a part of it.
 *
 * It is the context in which the first copy of this package was loaded: none, unless that was done within a request.
 */
export function runOutsideContext<Result>(task: () => Result): Result {
  return outside(task);
}

const outside = processWide('core.outside-context', 1, () => AsyncLocalStorage.snapshot());
