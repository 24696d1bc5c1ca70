import type { Case } from '../../../packages/express/test/support/cases.ts';
import type { Told } from './peers.ts';

/** What is expected of a case, on one Express. */
export interface Expected {
  readonly method: string;
  readonly resource: string;
  /** Other readings of the same: all paths of a list, or the one. */
  readonly others: readonly string[];
  readonly status: number;
}

export function expectedOf({ method = 'GET', readBack, resource, status }: Case, major: 4 | 5): Expected {
  const resources = typeof resource === 'string' ? ([resource, resource] as const) : resource;
  const others = [...resources, ...(readBack === undefined ? [] : [readBack])];
  return { method, others, resource: resources[major === 4 ? 0 : 1], status };
}

/**
 * Says what is wrong with what was told, or `undefined` where it is right.
 *
 * Each monitoring may write things its own way. A parameter may be any placeholder, the route of what nothing answered
 * any constant or none, middleware its mount with `/*` or without, one of several paths the one or all, a regular
 * expression with its slashes or without, and an unfinished response any status that is not a success. What counts is
 * that there is one record, that no part of the URL is in it that the application did not register, and that it can be
 * told from other routes.
 */
export function faultOf(expected: Expected, told: readonly Told[]): string | undefined {
  const [first, ...more] = told;
  if (first === undefined) return 'not recorded';
  if (more.length > 0) return `recorded ${String(told.length)} times`;
  const { method, route, status } = first;
  if (!isMethod(expected.method, method)) return `method ${method}`;
  if (!isStatus(expected.status, status)) return `status ${status}`;
  if (!expected.others.some((resource) => isRoute(resource, route)))
    return route === undefined || route === '' ? 'no route' : `\`${route}\``;
  return undefined;
}

function isMethod(expected: string, told: string): boolean {
  // OpenTelemetry's word for methods that it does not count as known.
  return told.toUpperCase() === expected || told === '_OTHER';
}

function isStatus(expected: number, told: string): boolean {
  return expected === 499 ? Number(told) >= 400 : told === String(expected);
}

/** Constants that stand for "no route". */
const NO_ROUTE = new Set(['', '/', '/*', 'unmatched', 'null', 'NULL', 'undefined', 'N/A', 'none', 'unknown', 'other']);

function isRoute(expected: string, told = ''): boolean {
  if (expected === 'unmatched') return told !== '/' && NO_ROUTE.has(told);
  if (expected === '/*') return NO_ROUTE.has(told);
  const route = normalize(told);
  const wanted = normalize(expected);
  if (route === wanted) return true;
  if (wanted.endsWith('/*')) return route === wanted.slice(0, -2) || route === wanted.slice(0, -1);
  // A regular expression as it prints itself.
  return wanted.startsWith('^') && told === String(new RegExp(expected));
}

/** Any placeholder for any parameter: `:id`, `{/:id}`, `*rest`, `#val`. */
function normalize(route: string): string {
  const text = route.length > 1 && route.endsWith('/') ? route.slice(0, -1) : route;
  return text.replaceAll(/\{\/?[:*]\w+\}/g, '/#').replaceAll(/:\w+\??|#val|\*\w+/g, '#');
}
