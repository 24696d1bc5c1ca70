import type { Request } from 'express';
import { isRouteFor, matchLayer, pathnameOf } from './layer.ts';
import { joinPatterns, routedRequest, type RoutePosition } from './position.ts';
import { routerOf } from './application.ts';

/**
 * The pattern of the route for which a router answers OPTIONS by itself: it does so when it has run out of layers, and
 * runs none. The router that answers still has the request, so its routes are matched once more.
 *
 * @returns `undefined` where a layer answered
 */
export function automaticOptionsResource(req: Request, position: RoutePosition): string | undefined {
  const routed = routedRequest(req);
  const frame = position.frameOf(routed);
  const stack = frame.stack ?? routerOf(routed.app)?.stack ?? [];
  const pathname = pathnameOf(req.url);
  for (const layer of stack) {
    if (layer.route === undefined || isRouteFor(layer.route, 'OPTIONS')) continue;
    const match = matchLayer(layer, pathname);
    if (match !== undefined) return joinPatterns(frame.prefix, match.pattern);
  }
  return undefined;
}
