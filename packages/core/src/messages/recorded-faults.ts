import { processWide } from '../process/process-wide.ts';

/** How far the causes of an error are followed: they may go in a circle. */
const MAX_CAUSES = 8;

/** The monitorings that have a point of an error, by error. */
const monitoringsByError = processWide('core.recorded-faults', 1, () => new WeakMap<object, WeakSet<object>>());

/**
 * Remembers that a monitoring has a point of an error. Who meets the same error later (a listener that awaited the send
 * which failed with it) makes no second one: one fault is one point.
 */
export function markRecorded(error: unknown, monitoring: object): void {
  if (!isObject(error)) return;
  const monitorings = monitoringsByError.get(error) ?? new WeakSet();
  monitorings.add(monitoring);
  monitoringsByError.set(error, monitorings);
}

/**
 * Whether a monitoring has a point of an error: of itself, of one of its causes, or of each error that it stands for
 * (`AggregateError`). It never throws, whatever the error's getters do.
 */
export function isRecorded(error: unknown, monitoring: object): boolean {
  try {
    return hasRecorded(error, monitoring, MAX_CAUSES);
  } catch {
    return false;
  }
}

function hasRecorded(error: unknown, monitoring: object, depth: number): boolean {
  if (!isObject(error) || depth === 0) return false;
  if (monitoringsByError.get(error)?.has(monitoring) === true) return true;
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.every((each: unknown) => hasRecorded(each, monitoring, depth - 1));
  }
  return 'cause' in error && hasRecorded(error.cause, monitoring, depth - 1);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
