import type { IncomingMessage } from 'node:http';

/** A compiled pattern of router 2: a closure that keeps its pattern to itself. */
export type Matcher = (path: string) => MatcherMatch | false;

/** What a path was matched to. */
export interface MatcherMatch {
  readonly params: Readonly<Record<string, unknown>>;
  readonly path: string;
}

/** A layer of a router, as far as it is read: Express 4's and those of router 2. */
export interface Layer {
  readonly handle: { readonly length: number; readonly stack?: readonly Layer[] | undefined };
  /** Names of the pattern's parameters (Express 4), in the order of their groups. */
  readonly keys?: readonly { readonly name: string | number }[] | undefined;
  /** One for each path that was registered (router 2). */
  readonly matchers?: readonly Matcher[] | undefined;
  /** What the last match took (until router 2.3). */
  readonly path?: string | undefined;
  /** What was registered (router 2.3 and newer), without nested arrays. */
  readonly rawPath?: unknown;
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

/** A router, as far as it is read. */
export interface Router {
  readonly stack: readonly Layer[];
}

/** An application, as far as it is read. */
export interface Application {
  readonly _router?: Router | undefined;
  /** Where it is mounted in its parent. */
  readonly mountpath?: unknown;
  readonly parent?: Application | undefined;
  readonly router?: Router | undefined;
}

/** What a request carries while Express routes it. */
export interface RoutedRequest extends Pick<IncomingMessage, 'method' | 'url'> {
  readonly app?: Application | undefined;
  /** Text of the URL that the mounts so far took away. */
  readonly baseUrl?: string | undefined;
  /** The function that goes on within the router that has the request now: one of its own for each entry. */
  next?: unknown;
  /** The route whose pattern matched last. */
  readonly route?: unknown;
}

/** A request, with what Express adds to it: all of that is optional, so it may be any request. */
export function routedRequest(req: object): RoutedRequest {
  return req;
}

/** The router of an application: Express 4 throws where `router` is read, so its own name comes first. */
export function routerOf(app: Application | undefined): Router | undefined {
  return app?._router ?? app?.router;
}
