import type { IncomingMessage } from 'node:http';
import { UNMATCHED } from '@influx-monitoring/core/internal';

/** How many paths of accepted handshakes are told apart; a server that accepts any path is asked for any. */
export const MAX_ACCEPTED_PATHS = 100;

const SWITCHING_PROTOCOLS = 101;

/** Tells the paths that are routes from those that a stranger made up. */
export class HandshakeRoutes {
  readonly #isClosed: boolean;
  readonly #known: Set<string>;
  #acceptedCount = 0;

  /** @param paths - the only routes; where they are not given, every path that a handshake is accepted at becomes one */
  constructor(paths?: readonly string[]) {
    this.#isClosed = paths !== undefined;
    this.#known = new Set(paths);
  }

  /** Makes a path a route, as that of a server of ws. */
  add(path: string): void {
    this.#known.add(path);
  }

  /** The resource of a handshake's route: its path without the query, or `unmatched`: the path is outside text. */
  resource(request: IncomingMessage, statusCode: number): string {
    const path = pathOf(request.url ?? '');
    if (this.#known.has(path)) return path;
    const isNew = statusCode === SWITCHING_PROTOCOLS && !this.#isClosed && path.startsWith('/');
    if (!isNew || this.#acceptedCount >= MAX_ACCEPTED_PATHS) return UNMATCHED;
    this.#acceptedCount += 1;
    this.#known.add(path);
    return path;
  }
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}
