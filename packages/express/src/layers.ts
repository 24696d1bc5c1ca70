import type { Request, Response } from 'express';
import { routerOf, type Application, type Router } from './application.ts';
import { matchLayer, mountPattern, routePattern, type Layer } from './layer.ts';
import {
  mountPrefix,
  patternText,
  routedRequest,
  RoutePosition,
  type RoutedRequest,
  type RouterFrame,
} from './position.ts';
import { read } from './read.ts';
import { failureResource } from './route.ts';
import { positionOf, track } from './tracker.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Methods = Record<string, Method | undefined>;

/** Prototypes whose methods are ours, with what undoes it; one list a process. */
const hooked = new Map<object, () => void>();

/**
 * The position of a request that is with our middleware. Routers without a diagnostics channel (Express 4, router before
 * 2.3) tell of no layer by themselves: the methods of their layers are wrapped when the first request comes.
 *
 * @returns `undefined` where there are no routes: on connect and plain `node:http`
 */
export function followLayers(req: Request, res: Response): RoutePosition | undefined {
  const routed = routedRequest(req);
  const known = positionOf(routed, res);
  if (known !== undefined && known.isFromRoot()) return known;
  const app = read(routed, 'app');
  const router = routerOf(app);
  if (app === undefined || router === undefined) return known;
  const position = known ?? new RoutePosition();
  if (hasChannel(router)) position.isTraced = position.isRooted = true;
  else hookRouter(router);
  position.frame = currentFrame(routed, app, router);
  track(routed, position);
  return position;
}

/** Layers that keep the path they were registered with came together with the diagnostics channel. */
function hasChannel({ stack: [layer] }: Router): boolean {
  return layer !== undefined && 'rawPath' in layer;
}

/** Takes all wraps off again; a request that is on its way then ends as `unmatched`. */
export function unfollowLayers(): void {
  for (const undo of hooked.values()) undo();
  hooked.clear();
}

/** Where a request is that was not followed from its outermost router on: in the routers around the middleware. */
function currentFrame(req: RoutedRequest, app: Application, router: Router): RouterFrame {
  let prefix = '';
  for (let each: Application | undefined = app; each.parent !== undefined; each = each.parent) {
    prefix = mountPrefix(patternText(each.mountpath), '/') + prefix;
  }
  const base = read(req, 'baseUrl') ?? '';
  return {
    base,
    next: read(req, 'next'),
    parent: undefined,
    stack: undefined,
    prefix: prefix === '' ? innerPrefix(router, base) : prefix,
  };
}

/** The patterns that stand for the text that mounts took away, found by matching it again. */
function innerPrefix(router: Router, base: string): string {
  if (base === '') return '';
  for (const layer of router.stack) {
    if (layer.route !== undefined || layer.handle.stack === undefined) continue;
    const match = matchLayer(layer, base);
    if (match === undefined || match.text === '') continue;
    const inner = base.slice(match.text.length);
    const rest = innerPrefix({ stack: layer.handle.stack }, inner);
    if (inner === '' || rest !== '') return mountPrefix('', match.pattern) + rest;
  }
  return '';
}

function hookRouter(router: Router): void {
  const [layer] = router.stack;
  const routerPrototype = ownerOf(router, 'handle');
  const layerPrototype: object | null = layer === undefined ? null : (Object.getPrototypeOf(layer) as object | null);
  if (routerPrototype === undefined || layerPrototype === null || hooked.has(layerPrototype)) return;
  const isExpress4 = 'handle_request' in layerPrototype;
  const undo = [
    replace(routerPrototype, 'handle', wrapHandle),
    replace(layerPrototype, isExpress4 ? 'handle_request' : 'handleRequest', wrapHandleRequest),
    replace(layerPrototype, isExpress4 ? 'handle_error' : 'handleError', wrapHandleError),
  ];
  hooked.set(layerPrototype, () => {
    for (const each of undo) each();
  });
}

function ownerOf(object: object, method: string): object | undefined {
  let each = object as object | null;
  while (each !== null && !Object.hasOwn(each, method)) each = Object.getPrototypeOf(each) as object | null;
  return each ?? undefined;
}

/** Puts a wrap in a method's place, under its name and with its number of parameters. */
function replace(owner: object, name: string, wrap: (original: Method) => Method): () => void {
  // These prototypes hold functions under these names in every version this is called for.
  const methods = owner as Methods;
  const original = methods[name];
  if (original === undefined) return () => undefined;
  const wrapped = wrap(original);
  for (const property of ['name', 'length'] as const) {
    Object.defineProperty(wrapped, property, { configurable: true, value: original[property] });
  }
  methods[name] = wrapped;
  return () => {
    if (methods[name] === wrapped) methods[name] = original;
  };
}

/** A router is entered, and left with an error or without. */
function wrapHandle(original: Method): Method {
  return function handle(this: unknown, ...args) {
    // Router's own parameters, in every version.
    const [req, res, out] = args as [RoutedRequest, object, Method | undefined];
    const position = positionOf(req, res) ?? startPosition(req);
    if (position === undefined || typeof out !== 'function') return original.apply(this, args);
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
}

/** Follows a request from its outermost router on; from within, the mounts around would be missing. */
function startPosition(req: RoutedRequest): RoutePosition | undefined {
  if (req.next !== undefined) return undefined;
  const position = new RoutePosition();
  position.isRooted = true;
  track(req, position);
  return position;
}

function stackOf(router: unknown): readonly Layer[] {
  // `this` of `handle` is a router.
  return (router as Router).stack;
}

/** A layer runs: a route's, or a mount's. Those within a route have no `route` of their own and stand for it. */
function wrapHandleRequest(original: Method): Method {
  return function handleRequest(this: unknown, ...args) {
    // Layer's own parameters, in every version; `this` is a layer.
    const [req, res, next] = args as [RoutedRequest, object, Method];
    const layer = this as Layer;
    const position = positionOf(req, res);
    if (position === undefined || layer.handle.length > 3) return original.call(this, req, res, next);
    if ('route' in layer) enterLayer(layer, req, position);
    return original.call(this, req, res, position.isRooted ? next : watchNext(req, position, next));
  };
}

function enterLayer(layer: Layer, req: RoutedRequest, position: RoutePosition): void {
  const { route } = layer;
  if (route !== undefined) {
    position.enter(req, routePattern(layer, route, req.url ?? ''), true);
    position.route = route;
    return;
  }
  // Only a pattern that is read back from what it matched needs that.
  const text = layer.slash === true || layer.matchers === undefined ? '' : mountText(req, position);
  position.enter(req, mountPattern(layer, text), false);
}

function mountText(req: RoutedRequest, position: RoutePosition): string {
  return (req.baseUrl ?? '').slice(position.frameOf(req).base.length);
}

/** An error is on its way out, past a layer or into an error handler. */
function wrapHandleError(original: Method): Method {
  return function handleError(this: unknown, ...args) {
    // Layer's own parameters, in every version.
    const [error, req, res] = args as [unknown, RoutedRequest, object];
    const position = positionOf(req, res);
    if (position !== undefined && error !== position.error) {
      position.fail(error, failureResource(req, position, position.frameOf(req), error));
    }
    return original.apply(this, args);
  };
}

/** Of the first request the outermost router's end cannot be watched, so each step of it is. */
function watchNext(req: RoutedRequest, position: RoutePosition, next: Method): Method {
  return function (this: unknown, ...args) {
    const [error] = args;
    if (isError(error) && error !== position.error) {
      position.fail(error, failureResource(req, position, position.frameOf(req), error));
    }
    return next.apply(this, args);
  };
}

/** `next('route')` and `next('router')` skip layers and are no errors. */
function isError(value: unknown): boolean {
  return Boolean(value) && value !== 'route' && value !== 'router';
}
