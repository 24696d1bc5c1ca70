import { POSITION, type RoutePosition, type RoutedRequest } from './position.ts';
import { processWide } from './process-wide.ts';
import { dataOf } from './request-data.ts';

/**
 * The request that was routed last, with its position.
 *
 * Express gives each request prototypes of its own, after which V8 knows no shape of it: each store into a request or
 * response costs 2 to 4 µs where other objects take 20 ns (Node 20, on the machine of docs/performance.md). So a position
 * is nowhere on the request: the one of the last request is here, which most layers ask for, and the others are found by
 * their data.
 */
interface Tracker {
  req: RoutedRequest | undefined;
  position: RoutePosition | undefined;
}

const tracker = processWide<Tracker>('tracker', () => ({ req: undefined, position: undefined }));

/** The position of a request; none where nobody follows it. */
export function positionOf(req: RoutedRequest, res: object): RoutePosition | undefined {
  if (tracker.req === req) return tracker.position;
  const position = dataOf(req, res)?.[POSITION];
  if (position !== undefined) track(req, position);
  return position;
}

/** Follows a request from here on; it is forgotten with the next one unless its data gets the position. */
export function track(req: RoutedRequest, position: RoutePosition): void {
  tracker.req = req;
  tracker.position = position;
}
