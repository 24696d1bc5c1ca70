import { patternFromRegExp } from './pattern-from-regexp.ts';
import { patternFromMatcher, type Matcher } from './pattern-from-matcher.ts';
import { patternText } from './position.ts';

/** A layer of a router, as far as it is read: Express 4's and those of router 2. */
export interface Layer {
  readonly handle: { readonly length: number; readonly stack?: readonly Layer[] | undefined };
  /** Names of the pattern's parameters (Express 4), in the order of their groups. */
  readonly keys?: readonly { readonly name: string | number }[] | undefined;
  /** One for each path that was registered (router 2). */
  readonly matchers?: readonly Matcher[] | undefined;
  /** What the last match took (until router 2.3). */
  readonly path?: string | undefined;
  /** Express 4. */
  readonly regexp?: (RegExp & { readonly fast_slash?: boolean | undefined }) | undefined;
  readonly route?: LayerRoute | undefined;
  /** True for a mount at `/` (router 2). */
  readonly slash?: boolean | undefined;
  match(path: string): unknown;
}

/** A route, as far as it is read. */
export interface LayerRoute {
  readonly path: unknown;
  _handles_method?(method: string): boolean;
  _handlesMethod?(method: string): boolean;
}

/** What a layer took of a path. */
export interface LayerMatch {
  readonly pattern: string;
  readonly text: string;
}

/**
 * The pattern of a route's layer: of the one path that matched where several were registered and the router tells them
 * apart, which Express 4 does not.
 *
 * @param url - `req.url`, as the route's router sees it
 */
export function routePattern(layer: Layer, route: LayerRoute, url: string): string {
  const { path } = route;
  if (typeof path === 'string') return path;
  if (!Array.isArray(path) || layer.matchers === undefined || layer.matchers.length !== path.length) {
    return patternText(path);
  }
  const pathname = pathnameOf(url);
  const index = layer.matchers.findIndex((matcher) => matcher(pathname) !== false);
  return patternText(path[index] ?? path);
}

/**
 * The pattern of a mount's layer. Express before router 2.3 forgets it and keeps what it made of it, so that is read
 * backwards, once a layer.
 *
 * @param text - what the mount took of the path
 */
export function mountPattern(layer: Layer, text: string): string {
  const { keys, matchers, regexp, slash } = layer;
  if (slash === true || regexp?.fast_slash === true) return '/';
  if (regexp !== undefined) return patternFromRegExp(regexp, keys ?? []);
  return matchers === undefined ? '' : patternFromMatchers(matchers, text === '' ? '/' : text);
}

/** Matches a path as the router does. */
export function matchLayer(layer: Layer, path: string): LayerMatch | undefined {
  const match = layer.match(path);
  if (match === false) return undefined;
  // Router 2.3 returns the match, older ones keep it on the layer until the next one.
  const { path: text = '', pattern } = (match === true ? layer : match) as { path?: string; pattern?: unknown };
  if (layer.route !== undefined) return { pattern: patternText(pattern ?? layer.route.path), text };
  return { pattern: pattern === undefined ? mountPattern(layer, text) : patternText(pattern), text };
}

/** Says whether a route answers a method; `HEAD` by its `GET`. */
export function isRouteFor(route: LayerRoute, method: string): boolean {
  return (route._handlesMethod?.(method) ?? route._handles_method?.(method)) === true;
}

/** A URL's path, as a router takes it. */
export function pathnameOf(url: string): string {
  const queryStart = url.indexOf('?');
  return queryStart === -1 ? url : url.slice(0, queryStart);
}

function patternFromMatchers(matchers: readonly Matcher[], text: string): string {
  for (const matcher of matchers) {
    const match = matcher(text);
    if (match !== false) return patternFromMatcher(matcher, text, match);
  }
  return '';
}
