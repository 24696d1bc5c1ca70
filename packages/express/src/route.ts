import type { Request, Response } from 'express';
import { automaticOptionsResource } from './automatic-options.ts';
import { read } from './read.ts';
import {
  joinPatterns,
  patternText,
  routedRequest,
  UNMATCHED,
  type RoutePosition,
  type RoutedRequest,
  type RouterFrame,
} from './position.ts';

/** An exchange, as far as its resource depends on it. */
interface Answered {
  readonly method: string;
  readonly position: RoutePosition | undefined;
  readonly req: Request;
  readonly res: Response;
}

/**
 * The resource of a request, as the application registered it; to be asked when the response is complete.
 *
 * @returns the pattern with all mounts, or `unmatched`
 */
export function resourceOf({ method, position, req, res }: Answered): string {
  if (position === undefined) return UNMATCHED;
  if (position.failedResource !== undefined) return position.failedResource;
  const routed = routedRequest(req);
  // The outermost router put back what was there before it: all layers passed on.
  const next = read(routed, 'next');
  if (next === undefined) return UNMATCHED;
  const isInLayer = position.frame?.next === next;
  if (method === 'OPTIONS' && !(isInLayer && position.isRoute) && res.hasHeader('Allow')) {
    const resource = automaticOptionsResource(req, position);
    if (resource !== undefined) return resource;
  }
  const pending = pendingRoute(routed, position);
  if (pending !== undefined) return pending;
  return position.frame?.next === next ? position.layerResource() : UNMATCHED;
}

/**
 * The resource that failed, where an error was seen for the first time.
 *
 * @param frame - the router that the error is in
 */
export function failureResource(
  req: RoutedRequest,
  position: RoutePosition,
  frame: RouterFrame,
  error: unknown,
): string {
  if (isUndecodable(error)) return UNMATCHED;
  if (req.route === position.route || !hasPath(req.route)) return position.layerResource();
  return joinPatterns(frame.prefix, patternText(req.route.path));
}

/** A URL that cannot be decoded fails while it is matched, in no layer (`/%zz`). */
function isUndecodable(error: unknown): boolean {
  return error instanceof URIError && error.message.startsWith('Failed to decode param');
}

/** The route whose parameters' callbacks have the request: it matched, and no layer of it was entered yet. */
function pendingRoute(req: RoutedRequest, position: RoutePosition): string | undefined {
  if (position.isTraced || req.route === position.route || !hasPath(req.route)) return undefined;
  return joinPatterns(position.frameOf(req).prefix, patternText(req.route.path));
}

function hasPath(route: unknown): route is { readonly path: unknown } {
  return typeof route === 'object' && route !== null && 'path' in route;
}
