import { read } from '@influx-monitoring/core/internal';
import type { MessageState } from '@influx-monitoring/core/internal';
import { routedRequest, routerOf, type Application, type RoutedRequest, type Router } from './express-shapes.ts';
import { mountPrefix, patternText } from './patterns/join-patterns.ts';
import { matchLayer } from './patterns/layer-pattern.ts';
import { RoutePosition, type RouterFrame } from './position.ts';
import { positionOf, track } from './tracker.ts';
import { wrapLayers } from './wrap-layers.ts';

/**
 * The position of a request that is with our middleware. No router tells of its layers by itself: their methods are
 * wrapped when the first request comes.
 *
 * @returns `undefined` where there are no routes: on connect and plain `node:http`
 */
export function followLayers(req: object, res: object, state: MessageState): RoutePosition | undefined {
  const routed = routedRequest(req);
  const known = positionOf(routed, res);
  if (known !== undefined && known.isFromRoot()) return keep(state, res, known);
  const app = read.app(routed);
  const router = routerOf(app);
  if (app === undefined || router === undefined) return known === undefined ? undefined : keep(state, res, known);
  const position = known ?? new RoutePosition();
  wrapLayers(router);
  position.frame = currentFrame(routed, app, router);
  return keep(state, res, position);
}

/**
 * The routers that a request came through without being followed, as behind a middleware that was called by hand: the
 * next one is followed from its outermost router on.
 */
export function learnRouters(req: object): void {
  const router = routerOf(read.app(routedRequest(req)));
  if (router !== undefined) wrapLayers(router);
}

/** So that it is found again when other requests were routed meanwhile. */
function keep(state: MessageState, res: object, position: RoutePosition): RoutePosition {
  state.position = position;
  track(res, position);
  return position;
}

/** Where a request is that was not followed from its outermost router on: in the routers around the middleware. */
function currentFrame(req: RoutedRequest, app: Application, router: Router): RouterFrame {
  let prefix = '';
  for (let each: Application | undefined = app; each.parent !== undefined; each = each.parent) {
    prefix = mountPrefix(patternText(each.mountpath), '/') + prefix;
  }
  const base = read.baseUrl(req) ?? '';
  return {
    base,
    next: read.next(req),
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
