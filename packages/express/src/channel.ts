import { subscribe } from 'node:diagnostics_channel';
import type { Layer } from './layer.ts';
import { patternText, RoutePosition, UNMATCHED, type RoutedRequest } from './position.ts';
import { processWide } from './process-wide.ts';
import { positionOf, track } from './tracker.ts';

/** What the router tells of each handler it calls (router 2.3 and newer; README of `router`, "Diagnostics"). */
interface RouterMessage {
  readonly req: RoutedRequest;
  readonly res: object;
  readonly handler?: { readonly stack?: readonly Layer[] | undefined } | undefined;
  readonly layer?: object | undefined;
  /** The pattern that matched: of the one path, where several were registered. */
  readonly route?: unknown;
  readonly param?: string | undefined;
  readonly error?: unknown;
  readonly errorHandler?: boolean | undefined;
  readonly incomingError?: unknown;
}

/** Listens to the router's own diagnostics channel, once a process. Routers older than 2.3 say nothing there. */
export function listenToRouterChannel(): void {
  processWide('channel', () => {
    subscribe('tracing:express.router.request:start', onStart);
    subscribe('tracing:express.router.request:error', onError);
    return true;
  });
}

function onStart(message: unknown): void {
  // The channel's documented message; a request of somebody else's making is passed over below.
  const { req, res, handler, layer, route, param, errorHandler, incomingError } = message as RouterMessage;
  if (typeof req !== 'object') return;
  const position = positionOf(req, res) ?? startPosition(req);
  if (errorHandler === true) {
    if (incomingError !== position.error) onUnpublishedError(position, incomingError);
    return;
  }
  const pattern = typeof route === 'string' ? route : patternText(route);
  position.enter(req, pattern, param === undefined ? isRouteHandler(layer) : hasRoute(layer));
  position.handlerStack = handler?.stack;
}

/** A request without our middleware, or before it: where it is may be asked for later. */
function startPosition(req: RoutedRequest): RoutePosition {
  const position = createTracedPosition();
  track(req, position);
  return position;
}

/** A position that the channel keeps up to date. */
function createTracedPosition(): RoutePosition {
  const position = new RoutePosition();
  position.isTraced = true;
  position.isRooted = true;
  return position;
}

function onError(message: unknown): void {
  // As above.
  const { req, res, error } = message as RouterMessage;
  const position = positionOf(req, res);
  position?.fail(error, position.layerResource());
}

/** What fails while a URL is matched belongs to no layer, and the channel tells of it to error handlers alone. */
function onUnpublishedError(position: RoutePosition, error: unknown): void {
  if (position.failedResource === undefined) position.fail(error, UNMATCHED);
}

/** A layer within a route has a method (`undefined` for `all`), one of a router has not. */
function isRouteHandler(layer: object | undefined): boolean {
  return layer !== undefined && 'method' in layer;
}

/** A parameter's callback runs before the layer that has the parameter: a route's, or a mount's. */
function hasRoute(layer: object | undefined): boolean {
  return layer !== undefined && 'route' in layer && layer.route !== undefined;
}
