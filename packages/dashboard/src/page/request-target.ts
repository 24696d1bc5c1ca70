import type { IncomingMessage } from 'node:http';
import type { WindowMinutes } from '../wire/messages.ts';

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

/** The moment of a view of the past; `undefined` for now, `null` where it is no moment. */
export function readMoment(query: URLSearchParams): number | undefined | null {
  const text = query.get('at');
  if (text === null) return undefined;
  return /^\d{1,11}$/.test(text) ? Number(text) : null;
}

/** The path, and the query with its question mark. */
function splitUrl(url: string): [path: string, search: string] {
  const start = url.indexOf('?');
  return start === -1 ? [url, ''] : [url.slice(0, start), url.slice(start)];
}
