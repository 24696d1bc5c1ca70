import { read } from '@influx-monitoring/core/internal';
import { routerOf, type RoutedRequest } from './express-shapes.ts';
import { joinPatterns } from './patterns/join-patterns.ts';
import { isRouteFor, matchLayer, pathnameOf } from './patterns/layer-pattern.ts';
import type { RoutePosition } from './position.ts';

/**
 * The pattern of the route for which a router answers OPTIONS by itself: it does so when it has run out of layers, and
 * runs none. The router that answers still has the request, so its routes are matched once more.
 *
 * @returns `undefined` where a layer answered
 */
export function automaticOptionsResource(req: RoutedRequest, position: RoutePosition): string | undefined {
  const next = read.next(req);
  if (next === undefined) return undefined;
  const frame = position.frameOf(req, next);
  const stack = frame.stack ?? routerOf(req.app)?.stack ?? [];
  const pathname = pathnameOf(req.url ?? '');
  for (const layer of stack) {
    if (layer.route === undefined || isRouteFor(layer.route, 'OPTIONS')) continue;
    const match = matchLayer(layer, pathname);
    if (match !== undefined) return joinPatterns(frame.prefix, match.pattern);
  }
  return undefined;
}
