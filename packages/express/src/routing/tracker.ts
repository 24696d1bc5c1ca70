import { findMessageState, processWide } from '@influx-monitoring/core/internal';
import type { RoutePosition } from './position.ts';

/**
 * The response whose request was routed last, with its position.
 *
 * Express gives each message prototypes of its own, after which V8 knows no shape of it: each store into one costs 2 to
 * 4 µs where other objects take 20 ns (Node 20, on the machine of docs/performance.md). So a position is on neither: the
 * one that was asked for last is here, which most layers ask for, and the others are in the state of their messages.
 */
interface Tracker {
  res: object | undefined;
  position: RoutePosition | undefined;
}

const tracker = processWide<Tracker>('express.tracker', 2, () => ({ res: undefined, position: undefined }));

/** The position of a request; none where nobody follows it. */
export function positionOf(req: object, res: object): RoutePosition | undefined {
  if (tracker.res === res) return tracker.position;
  // Only a copy of this package puts a position there.
  const position = findMessageState(req, res)?.position as RoutePosition | undefined;
  if (position !== undefined) track(res, position);
  return position;
}

/** Follows a request from here on; it is forgotten with the next one unless its messages have a state. */
export function track(res: object, position: RoutePosition): void {
  tracker.res = res;
  tracker.position = position;
}
