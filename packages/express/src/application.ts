import type { Layer } from './layer.ts';

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

/** The router of an application: Express 4 throws where `router` is read, so its own name comes first. */
export function routerOf(app: Application | undefined): Router | undefined {
  return app?._router ?? app?.router;
}
