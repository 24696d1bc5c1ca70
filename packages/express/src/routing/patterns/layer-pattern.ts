import type { Layer, LayerRoute, Matcher } from '../express-shapes.ts';
import { patternText } from './join-patterns.ts';
import { patternFromMatcher } from './pattern-from-matcher.ts';
import { patternFromRegExp } from './pattern-from-regexp.ts';

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
  const path = layer.rawPath ?? route.path;
  return typeof path === 'string' ? path : pathThatMatched(layer, path, pathnameOf(url));
}

/**
 * The pattern of a mount's layer. Express before router 2.3 forgets it and keeps what it made of it, so that is read
 * backwards, once a layer.
 *
 * @param text - what the mount took of the path
 */
export function mountPattern(layer: Layer, text: string): string {
  const { keys, matchers, rawPath, regexp, slash } = layer;
  if (slash === true || regexp?.fast_slash === true) return '/';
  if (typeof rawPath === 'string') return rawPath;
  if (rawPath !== undefined) return pathThatMatched(layer, rawPath, text === '' ? '/' : text);
  if (regexp !== undefined) return patternFromRegExp(regexp, keys ?? []);
  return matchers === undefined ? '' : patternFromMatchers(matchers, text === '' ? '/' : text);
}

/** Of several paths that were registered the one that matches, where the router keeps them apart. */
function pathThatMatched({ matchers }: Layer, paths: unknown, text: string): string {
  if (!Array.isArray(paths) || matchers?.length !== paths.length) return patternText(paths);
  const index = matchers.findIndex((matcher) => matcher(text) !== false);
  return patternText(paths[index] ?? paths);
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
