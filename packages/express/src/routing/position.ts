import { UNMATCHED, read } from '@influx-monitoring/core/internal';
import type { Layer, RoutedRequest } from './express-shapes.ts';
import { joinPatterns, mountPrefix } from './patterns/join-patterns.ts';

/** One entry into a router. */
export interface RouterFrame {
  /** Text of the URL that was taken away when it was entered. */
  base: string;
  /** `req.next` within it; `undefined` until its first layer is entered. */
  next: unknown;
  readonly parent: RouterFrame | undefined;
  /** The patterns of the mounts around it, joined. */
  readonly prefix: string;
  /** The router's layers, where it is known. */
  readonly stack: readonly Layer[] | undefined;
}

/** A request, with what Express adds to it: all of that is optional, so it may be any request. */
export function routedRequest(req: object): RoutedRequest {
  return req;
}

/** The resource of a middleware that is mounted below no path. */
const ROOT_MIDDLEWARE = '/*';

/**
 * Where a request is in the tree of routers.
 *
 * Express tells a layer and nothing of the way to it. The way is told by `req.next`: each entry into a router sets a
 * function of its own there and puts the former one back when it is left. So a known `req.next` is a known router, an
 * unknown one is a router entered by the layer before, and none means that all routers were left. That holds for every
 * Express from 4.18 on, whatever runs at the same time, and costs no closure a layer.
 */
export class RoutePosition {
  /** The router that has the request, as far as its layers were seen. */
  frame: RouterFrame | undefined;
  /** The layer that was entered last: its pattern, and whether it is a route or a mount. */
  pattern = '';
  isRoute = false;
  hasLayer = false;
  /** The text of the URL that mounts had taken away when that layer was entered. */
  layerBase = '';
  /** The route that was entered last, to tell one that only its parameters' callbacks have seen. */
  route: unknown;
  /** The newest error, until a handler recovers from it. */
  error: unknown;
  /** The resource that failed first, until a handler recovers from it. */
  failedResource: string | undefined;
  /** True where a middleware below no path failed: what it fails with may be a 404. */
  isFailureOfRoot = false;
  /** True where the outermost router's end is watched, so that no error passes unseen. */
  isRooted = false;

  /**
   * A layer is about to run: nothing is failing any more.
   *
   * @param next - what goes on within its router
   */
  enter(req: RoutedRequest, pattern: string, isRoute: boolean, next: unknown): void {
    const frame = this.frameOf(req, next);
    this.frame = frame;
    this.pattern = pattern;
    this.isRoute = isRoute;
    this.hasLayer = true;
    // Neither takes anything of the URL away.
    this.layerBase = isRoute || pattern === '/' ? frame.base : (read.baseUrl(req) ?? '');
    if (this.failedResource !== undefined) {
      this.failedResource = undefined;
      this.error = undefined;
    }
  }

  /**
   * Says whether all mounts were seen. A request that waited before our middleware may have been forgotten meanwhile, and
   * then be seen again in an inner router.
   */
  isFromRoot(): boolean {
    let { frame } = this;
    while (frame?.parent !== undefined) frame = frame.parent;
    return frame === undefined || frame.base === '';
  }

  /** The frame of the router that has the request now; a new one where it was not seen before. */
  frameOf(req: RoutedRequest, next: unknown): RouterFrame {
    let frame = this.frame;
    if (frame !== undefined && frame.next === undefined) {
      frame.next = next;
      return frame;
    }
    while (frame !== undefined && frame.next !== next) frame = frame.parent;
    return frame ?? this.openFrame(req, next);
  }

  /**
   * A router is entered by the layer that was entered last.
   *
   * @param next - `req.next` within it, where it is set already
   * @param stack - its layers, where they are known
   */
  openFrame(req: RoutedRequest, next: unknown, stack?: readonly Layer[]): RouterFrame {
    const base = read.baseUrl(req) ?? '';
    this.frame = { base, next, parent: this.frame, prefix: this.#innerPrefix(base), stack };
    return this.frame;
  }

  /**
   * An error left a handler.
   *
   * @param resource - what failed; kept from the first report, as an error passes many layers on its way out
   */
  fail(error: unknown, resource: string): void {
    this.error = error;
    if (this.failedResource !== undefined) return;
    this.failedResource = resource;
    this.isFailureOfRoot = resource === ROOT_MIDDLEWARE && this.isInRootMiddleware();
  }

  /** Whether the layer that was entered last is a middleware that is mounted below no path. */
  isInRootMiddleware(): boolean {
    return this.hasLayer && !this.isRoute && this.layerResource() === ROOT_MIDDLEWARE;
  }

  /** The resource of the layer that was entered last. */
  layerResource(): string {
    if (!this.hasLayer) return UNMATCHED;
    const resource = joinPatterns(this.frame?.prefix ?? '', this.pattern);
    if (this.isRoute) return resource;
    return resource === '/' ? ROOT_MIDDLEWARE : `${resource}/*`;
  }

  /** The prefix of a router that the last layer enters; one after another in the same layer have the same. */
  #innerPrefix(base: string): string {
    const { frame, isRoute, layerBase } = this;
    const prefix = frame?.prefix ?? '';
    // A route takes nothing of the URL away, so it adds nothing.
    if (this.hasLayer && base.startsWith(layerBase)) return isRoute ? prefix : mountPrefix(prefix, this.pattern);
    let each = frame;
    while (each !== undefined && each.base !== base) each = each.parent;
    return each?.prefix ?? '';
  }
}
