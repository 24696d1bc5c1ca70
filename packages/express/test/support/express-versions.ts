import Module, { createRequire } from 'node:module';
import type express from 'express';

/** Express, of whichever version. */
export type Express = typeof express;

/** One Express and, from version 5 on, the router it runs with. */
export interface ExpressVersion {
  /** As in `5.1.0 with router 2.2.0`. */
  readonly name: string;
  readonly major: 4 | 5;
  /** True where the router keeps the pattern of each mount. */
  readonly keepsPatterns: boolean;
  /** A copy of its own, as if it were the only one in the process. */
  load(): Express;
}

const require = createRequire(import.meta.url);

const ROUTERS = ['router-2.0', 'router-2.1', 'router-2.2', 'router-2.3'];

/** Each Express that is supported, at both ends of the routers that fit it. */
export const EXPRESS_VERSIONS: readonly ExpressVersion[] = [
  version('express-4.18'),
  version('express-4.22'),
  version('express-5.0', 'router-2.0'),
  version('express-5.0', 'router-2.1'),
  version('express-5.1', 'router-2.2'),
  version('express-5.2', 'router-2.2'),
  version('express-5.2', 'router-2.3'),
  version('express', 'router-2.3'),
];

function version(express: string, router?: string): ExpressVersion {
  const expressVersion = versionOf(express);
  return {
    name: router === undefined ? expressVersion : `${expressVersion} with router ${versionOf(router)}`,
    major: router === undefined ? 4 : 5,
    keepsPatterns: router === 'router-2.3',
    load: () => loadFresh(express, router),
  };
}

function versionOf(name: string): string {
  // Each of these packages has a version in its package.json.
  return (require(`${name}/package.json`) as { version: string }).version;
}

/** How Node finds the file of a `require`; not in the types. */
interface Resolver {
  _resolveFilename(request: string, ...rest: unknown[]): string;
}

/** npm keeps one router for all Express 5, so the one that is asked for is put in its place while Express loads. */
function loadFresh(name: string, router: string | undefined): Express {
  // All routers: Node remembers where a folder's `require('router')` led as long as that file is loaded.
  const folders = [name, ...ROUTERS].map(folderOf);
  for (const file of Object.keys(require.cache)) {
    if (folders.some((folder) => file.startsWith(folder))) Reflect.deleteProperty(require.cache, file);
  }
  const resolver = Module as unknown as Resolver;
  // Called with its own object as `this` below.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const original = resolver._resolveFilename;
  resolver._resolveFilename = function (request, ...rest) {
    return original.call(
      this,
      request === 'router' && router !== undefined ? require.resolve(router) : request,
      ...rest,
    );
  };
  try {
    // What an alias of express exports is express.
    return require(name) as Express;
  } finally {
    resolver._resolveFilename = original;
  }
}

function folderOf(name: string): string {
  return require.resolve(`${name}/package.json`).slice(0, -'package.json'.length);
}
