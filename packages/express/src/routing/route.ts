import { UNMATCHED, read } from '@influx-monitoring/core/internal';
import { automaticOptionsResource } from './automatic-options.ts';
import { routedRequest, type RoutedRequest } from './express-shapes.ts';
import { joinPatterns, patternText } from './patterns/join-patterns.ts';
import type { RoutePosition, RouterFrame } from './position.ts';

/** A response, as far as the resource of its request depends on it. */
interface Answer {
  readonly method: string;
  readonly position: RoutePosition | undefined;
  readonly req: object;
  readonly res: { hasHeader(name: string): boolean };
  readonly statusCode: number;
}

const NOT_FOUND = 404;

/**
 * The resource of a request, as the application registered it; to be asked when the response is complete.
 *
 * @returns the pattern with all mounts, or `unmatched`
 */
export function resourceOf({ method, position, req, res, statusCode }: Answer): string {
  if (position === undefined) return UNMATCHED;
  const { failedResource } = position;
  if (failedResource !== undefined) {
    const isNotFound = statusCode === NOT_FOUND || isNotFoundError(position.error);
    return position.isFailureOfRoot && isNotFound ? UNMATCHED : failedResource;
  }
  const routed = routedRequest(req);
  const isInLayer = hasLayer(routed, position);
  if (method === 'OPTIONS' && !(isInLayer && position.isRoute) && res.hasHeader('Allow')) {
    const resource = automaticOptionsResource(routed, position);
    if (resource !== undefined) return resource;
  }
  const pending = pendingRoute(routed, position);
  if (pending !== undefined) return pending;
  // What is mounted below no path and answers 404 is how an application says that nothing matched.
  if (!isInLayer || (statusCode === NOT_FOUND && position.isInRootMiddleware())) return UNMATCHED;
  return position.layerResource();
}

/** Whether a layer has the request; otherwise all of them passed on. */
function hasLayer(req: RoutedRequest, { frame, isRooted }: RoutePosition): boolean {
  if (frame?.next === undefined) return false;
  return isRooted || frame.next === read.next(req);
}

/** As Express reads the status of an error. */
function isNotFoundError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  try {
    const { status, statusCode } = error as { readonly status?: unknown; readonly statusCode?: unknown };
    return (status ?? statusCode) === NOT_FOUND;
  } catch {
    return false;
  }
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
  const route = read.route(req);
  if (route === position.route || !hasPath(route)) return undefined;
  const next = read.next(req);
  // The outermost router put back what was there before it: all layers passed on.
  return next === undefined ? undefined : joinPatterns(position.frameOf(req, next).prefix, patternText(route.path));
}

function hasPath(route: unknown): route is { readonly path: unknown } {
  return typeof route === 'object' && route !== null && 'path' in route;
}
