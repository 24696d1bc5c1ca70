import type { IncomingMessage } from 'node:http';
import type { WantedSpan, WindowMinutes } from '../wire/messages.ts';

/** What a request asks for. */
export interface RequestTarget {
  /** Below the mount; `/` is the page. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Where to go instead, where the mount was asked for without the slash that the page's relative addresses need. */
  readonly redirect: string | undefined;
}

export const DEFAULT_WINDOW: WindowMinutes = 15;

export function readTarget(req: IncomingMessage): RequestTarget {
  const [path, search] = splitUrl(req.url ?? '/');
  // Express keeps the whole address here and gives the part below the mount as `url`.
  const originalUrl = 'originalUrl' in req && typeof req.originalUrl === 'string' ? req.originalUrl : (req.url ?? '/');
  const [originalPath] = splitUrl(originalUrl);
  const lastSegment = originalPath.slice(originalPath.lastIndexOf('/') + 1);
  const isWithoutSlash = path === '/' && lastSegment !== '';
  return {
    path,
    query: new URLSearchParams(search),
    // Relative, so that it holds behind a proxy that strips a prefix; `./` keeps it on this host.
    redirect: isWithoutSlash ? `./${lastSegment}/${search}` : undefined,
  };
}

/** @returns `undefined` where it is no window that there is */
export function readWindow(query: URLSearchParams): WindowMinutes | undefined {
  const text = query.get('window');
  if (text === null) return DEFAULT_WINDOW;
  if (text === '5') return 5;
  return text === '15' ? 15 : undefined;
}

/** @returns `undefined` where it is not given, `null` where it is no moment */
function readMoment(query: URLSearchParams, name: string): number | undefined | null {
  const text = query.get(name);
  if (text === null) return undefined;
  return /^\d{1,11}$/.test(text) ? Number(text) : null;
}

/** The span of a view: now where `at` is not given, and a part of a window where `from` is; `null` where that is none. */
export function readSpan(query: URLSearchParams): WantedSpan | null {
  const to = readMoment(query, 'at');
  const from = readMoment(query, 'from');
  if (to === null || from === null || (from !== undefined && (to === undefined || from >= to))) return null;
  return { from, to };
}

/** The path, and the query with its question mark. */
function splitUrl(url: string): [path: string, search: string] {
  const start = url.indexOf('?');
  return start === -1 ? [url, ''] : [url.slice(0, start), url.slice(start)];
}
