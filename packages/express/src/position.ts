import type { IncomingMessage } from 'node:http';
import type { Application } from './application.ts';
import type { Layer } from './layer.ts';
import { read } from './read.ts';

/** What a request carries while Express routes it. */
export interface RoutedRequest extends Pick<IncomingMessage, 'method' | 'url'> {
  readonly app?: Application | undefined;
  /** Text of the URL that the mounts so far took away. */
  readonly baseUrl?: string | undefined;
  /** The function that goes on within the router that has the request now: one of its own for each entry. */
  readonly next?: unknown;
  /** The route whose pattern matched last. */
  readonly route?: unknown;
}

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

/** The place of a request's position. Every copy of this package that a process loads shares it, so it has a version. */
export const POSITION: unique symbol = Symbol.for('influx-monitoring.express.position.1');

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
  /** The layers of the router that this layer calls, where the channel tells. */
  handlerStack: readonly Layer[] | undefined;
  /** The route that was entered last, to tell one that only its parameters' callbacks have seen. */
  route: unknown;
  /** The newest error, until a handler recovers from it. */
  error: unknown;
  /** The resource that failed first, until a handler recovers from it. */
  failedResource: string | undefined;
  /** True where the router's own diagnostics channel tells of layers and errors. */
  isTraced = false;
  /** True where the outermost router's end is watched, so that no error passes unseen. */
  isRooted = false;

  /** A layer is about to run: nothing is failing any more. */
  enter(req: RoutedRequest, pattern: string, isRoute: boolean): void {
    const frame = this.frameOf(req);
    this.frame = frame;
    this.pattern = pattern;
    this.isRoute = isRoute;
    this.hasLayer = true;
    // Neither takes anything of the URL away.
    this.layerBase = isRoute || pattern === '/' ? frame.base : (read(req, 'baseUrl') ?? '');
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
  frameOf(req: RoutedRequest): RouterFrame {
    const next = read(req, 'next');
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
  openFrame(req: RoutedRequest, next: unknown, stack = this.handlerStack): RouterFrame {
    const base = read(req, 'baseUrl') ?? '';
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
    this.failedResource ??= resource;
  }

  /** The resource of the layer that was entered last. */
  layerResource(): string {
    if (!this.hasLayer) return UNMATCHED;
    const resource = joinPatterns(this.frame?.prefix ?? '', this.pattern);
    if (this.isRoute) return resource;
    return resource === '/' ? '/*' : `${resource}/*`;
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

/** The resource of a request that nothing answered. */
export const UNMATCHED = 'unmatched';

/** Joins the prefix of a router and a pattern in it, once: a root adds nothing, a slash is never doubled. */
export function joinPatterns(prefix: string, pattern: string): string {
  if (pattern === '/' || pattern === '') return prefix === '' ? '/' : prefix;
  if (prefix === '') return pattern;
  return joins.get(prefix)?.get(pattern) ?? learnJoin(prefix, pattern);
}

/** How many joined patterns are kept; routers before 2.3 read mounts back from URLs, so there may be many. */
const MAX_JOINS = 10_000;

/**
 * Joined patterns, by prefix and pattern.
 *
 * A join that was made before is the very same text: V8 has put it together then and knows its hash, by which the line's
 * tags are looked up (KnownHeads of core). Both together: 60 ns against 450, and 330 against 680 among 10,000 routes.
 */
const joins = new Map<string, Map<string, string>>();
let joinCount = 0;

function learnJoin(prefix: string, pattern: string): string {
  const joined = pattern.startsWith('/') ? prefix + pattern : `${prefix}/${pattern}`;
  if (joinCount >= MAX_JOINS) return joined;
  joinCount += 1;
  // Cut from the text of our own: what came may be a piece of a URL, and would keep all of it in memory.
  const ownPrefix = joined.slice(0, prefix.length);
  let ofPrefix = joins.get(ownPrefix);
  if (ofPrefix === undefined) joins.set(ownPrefix, (ofPrefix = new Map<string, string>()));
  ofPrefix.set(joined.slice(-pattern.length), joined);
  return joined;
}

/** The prefix that a mount gives to what is below it: without its trailing slashes. */
export function mountPrefix(prefix: string, pattern: string): string {
  let end = pattern.length;
  while (end > 0 && pattern.charCodeAt(end - 1) === SLASH) end -= 1;
  return end === 0 ? prefix : joinPatterns(prefix, pattern.slice(0, end));
}

const SLASH = 0x2f;

/** The text of a path as it was registered: a string, a regular expression's source, or several joined with `,`. */
export function patternText(path: unknown): string {
  if (typeof path === 'string') return path;
  if (path instanceof RegExp) return path.source;
  if (Array.isArray(path)) return path.map(patternText).join(',');
  return '';
}
