import { processWide } from '../process/process-wide.ts';

/** Says how many requests one wrapper handles just now. */
type ReadCount = () => number;

function readers(): WeakMap<object, ReadCount[]> {
  return processWide('core.requests-in-flight', 1, () => new WeakMap());
}

/**
 * Has the requests that a wrapper handles counted among those in flight.
 *
 * @param monitoring - which the wrapper records for
 */
export function countRequestsInFlight(monitoring: object, read: ReadCount): void {
  const known = readers().get(monitoring);
  if (known === undefined) readers().set(monitoring, [read]);
  else known.push(read);
}

/** How many requests are being handled now that a monitoring will be told of. */
export function requestsInFlight(monitoring: object): number {
  return (readers().get(monitoring) ?? []).reduce((sum, read) => sum + read(), 0);
}
