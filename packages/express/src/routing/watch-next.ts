import { read, type Method } from '@influx-monitoring/core/internal';
import type { RoutedRequest } from './express-shapes.ts';
import type { RoutePosition } from './position.ts';
import { failureResource } from './route.ts';

/** What goes on within a router, by what watches it; and what watches, by itself. */
type WatchedNexts = WeakMap<Method, Method>;

const watchedNexts = new WeakMap<RoutePosition, WatchedNexts>();

/**
 * Of a request that came before its routers were followed, the end of the outermost one cannot be watched, so each step
 * of it is: what goes on within its router, and `req.next`, by which Express itself passes errors on.
 *
 * @returns what the layer gets in place of `next`: the same function each time, and the one that `req.next` then is
 */
export function watchNext(
  req: RoutedRequest,
  position: RoutePosition,
  next: Method,
  isError: (value: unknown) => boolean,
): Method {
  let nexts = watchedNexts.get(position);
  if (nexts === undefined) watchedNexts.set(position, (nexts = new WeakMap()));
  let watched = nexts.get(next);
  if (watched === undefined) {
    watched = function next_(this: unknown, ...args) {
      const [error] = args;
      if (isError(error) && error !== position.error) {
        position.fail(error, failureResource(req, position, position.frameOf(req, watched), error));
      }
      return next.apply(this, args);
    };
    for (const property of ['name', 'length'] as const) {
      Object.defineProperty(watched, property, { configurable: true, value: next[property] });
    }
    nexts.set(next, watched).set(watched, watched);
  }
  // A tracer that wraps handlers leaves another function there on Express 4, whose own first handler puts it there.
  const current = read.next(req);
  const { frame } = position;
  if (current !== watched) {
    // The frame that was known by the one is known by the other.
    if (frame !== undefined && frame.next === current) frame.next = watched;
    req.next = watched;
  }
  return watched;
}
