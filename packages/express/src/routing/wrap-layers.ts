import {
  findMessageState,
  forgetHookState,
  hookState,
  ownerOf,
  processWide,
  replaceMethod,
  type Method,
  read,
} from '@influx-monitoring/core/internal';
import type { Layer, RoutedRequest, Router } from './express-shapes.ts';
import { mountPattern, routePattern } from './patterns/layer-pattern.ts';
import { RoutePosition, type RouterFrame } from './position.ts';
import { failureResource } from './route.ts';
import { positionOf, track } from './tracker.ts';
import { watchNext } from './watch-next.ts';

const HOOK = 'express.layers';
const VERSION = 1;

/** What takes off the wraps of each Express in the process. */
const undoing = processWide('express.wrapped-layers', 1, () => new Set<() => void>());

/** Wraps the methods of a router's layers, once for each Express in the process, whichever copy of this package asks. */
export function wrapLayers(router: Router): void {
  const [layer] = router.stack;
  if (layer === undefined) return;
  const routerPrototype = ownerOf(router, 'handle');
  // A layer's prototype is that of its class.
  const layerPrototype = Object.getPrototypeOf(layer) as object | null;
  if (routerPrototype === undefined || layerPrototype === null) return;
  hookState(layerPrototype, HOOK, VERSION, () => {
    const isExpress4 = 'handle_request' in layerPrototype;
    const patches = [
      replaceMethod(routerPrototype, 'handle', wrapHandle),
      replaceMethod(layerPrototype, isExpress4 ? 'handle_request' : 'handleRequest', wrapHandleRequest),
      replaceMethod(layerPrototype, isExpress4 ? 'handle_error' : 'handleError', wrapHandleError),
    ];
    undoing.add(() => {
      // Where somebody patched over one of them, what is below stays in use, and is found again.
      if (patches.every((patch) => patch?.undo() !== false)) forgetHookState(layerPrototype, HOOK, VERSION);
    });
    return patches;
  });
}

/** Takes all wraps off again; a request that is on its way then ends as `unmatched`. */
export function unwrapLayers(): void {
  for (const undo of undoing) undo();
  undoing.clear();
}

/** A router is entered, and left with an error or without. */
function wrapHandle(original: Method): Method {
  // Router's own parameters, in every version.
  const handle = function handle(this: unknown, req: RoutedRequest, res: object, out: Method | undefined) {
    const position = typeof req === 'object' ? (positionOf(req, res) ?? startPosition(req, res)) : undefined;
    if (position === undefined || typeof out !== 'function') return original.call(this, req, res, out);
    const frame = position.openFrame(req, undefined, stackOf(this));
    const { hasLayer, isRoute, layerBase, pattern } = position;
    const leave: Method = function (...outArgs) {
      const [error] = outArgs;
      if (isError(error) && error !== position.error)
        position.fail(error, failureResource(req, position, frame, error));
      // The layer that entered this router has the request again.
      Object.assign(position, { frame: frame.parent, hasLayer, isRoute, layerBase, pattern });
      return out.apply(this, outArgs);
    };
    return original.call(this, req, res, leave);
  };
  return handle as Method;
}

/** Follows a request from its outermost router on; from within, the mounts around would be missing. */
function startPosition(req: RoutedRequest, res: object): RoutePosition | undefined {
  if (read.next(req) !== undefined) return undefined;
  const position = new RoutePosition();
  position.isRooted = true;
  const state = findMessageState(req, res);
  if (state !== undefined) state.position = position;
  track(res, position);
  return position;
}

function stackOf(router: unknown): readonly Layer[] {
  // `this` of `handle` is a router.
  return (router as Router).stack;
}

/** A layer runs: a route's, or a mount's. Those within a route have no `route` of their own and stand for it. */
function wrapHandleRequest(original: Method): Method {
  // Layer's own parameters, in every version; `this` is a layer.
  const handleRequest = function handleRequest(this: Layer, req: RoutedRequest, res: object, next: Method) {
    const position = positionOf(req, res);
    if (position === undefined || !isEntered(this)) return original.call(this, req, res, next);
    const goOn = position.isRooted ? next : watchNext(req, position, next, isError);
    enterLayer(this, req, position, goOn);
    return original.call(this, req, res, goOn);
  };
  return handleRequest as Method;
}

/** Whether a layer gets the request, and is none within a route: a handler of errors is passed over. */
function isEntered(layer: Layer): boolean {
  // A route's own handler takes three, and a function is asked for its length in 250 instructions.
  return 'route' in layer && (layer.route !== undefined || layer.handle.length <= 3);
}

function enterLayer(layer: Layer, req: RoutedRequest, position: RoutePosition, next: unknown): void {
  const { route } = layer;
  if (route !== undefined) {
    position.enter(req, routePattern(layer, route, read.url(req) ?? ''), true, next);
    position.route = route;
    return;
  }
  // Only a pattern that is read back from what it matched needs that.
  const text = layer.slash === true || layer.matchers === undefined ? '' : mountText(req, position, next);
  position.enter(req, mountPattern(layer, text), false, next);
}

function mountText(req: RoutedRequest, position: RoutePosition, next: unknown): string {
  return (read.baseUrl(req) ?? '').slice(position.frameOf(req, next).base.length);
}

/** An error is on its way out, past a layer or into an error handler. */
function wrapHandleError(original: Method): Method {
  return function handleError(this: unknown, ...args) {
    // Layer's own parameters, in every version.
    const [error, req, res, next] = args as [unknown, RoutedRequest, object, unknown];
    const position = positionOf(req, res);
    if (position !== undefined && error !== position.error) {
      const frame = failureFrame(this as Layer, req, position, next);
      position.fail(error, failureResource(req, position, frame, error));
    }
    return original.apply(this, args);
  };
}

/** The router that an error is in. Layers within a route get a `next` of the route's own. */
function failureFrame(layer: Layer, req: RoutedRequest, position: RoutePosition, next: unknown): RouterFrame {
  if (!position.isRooted) return position.frameOf(req, read.next(req));
  return 'route' in layer || position.frame === undefined ? position.frameOf(req, next) : position.frame;
}

/** `next('route')` and `next('router')` skip layers and are no errors. */
function isError(value: unknown): boolean {
  return Boolean(value) && value !== 'route' && value !== 'router';
}
