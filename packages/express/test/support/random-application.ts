import type { Application, ErrorRequestHandler, Request, RequestHandler } from 'express';
import { influxMonitoring } from '@influx-monitoring/express';
import type { BaseLunaMonitoring } from '@influx-monitoring/core';
import type { Express } from './express-versions.ts';

/** A random number generator that gives the same numbers for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Value>(values: readonly [Value, ...Value[]]): Value {
    return values[this.below(values.length)] ?? values[0];
  }
}

/** One way a pattern is written, and a part of a URL that it matches. */
interface Path {
  /** What Express is given. */
  readonly registered: PathParameters;
  /** The pattern that a URL was matched by: several paths are told apart by their literals. */
  readonly patternFor: (url: string) => string;
  readonly urls: readonly [string, ...string[]];
}

type PathParameters = string | RegExp | string[];
type Register = (path: PathParameters, ...handlers: RequestHandler[]) => unknown;

/** What applications and routers have in common, without the overloads of their types. */
interface Registrar {
  readonly all: Register;
  readonly get: Register;
  readonly post: Register;
  use(path: PathParameters | ErrorRequestHandler, ...handlers: RequestHandler[]): unknown;
}

/** An application of random routers, and what its own handlers say of each request. */
export interface RandomApplication {
  readonly app: Application;
  /** By request id: the resource that answered or failed last, as its handler knows it. */
  readonly expected: Map<string, string>;
  /**
   * Requests whose error a handler recovered from, and no handler had since. Whether the failed route or nothing
   * answered these is not always to be known: the diagnostics channel does not tell of a recovery.
   */
  readonly recovered: Set<string>;
  /** URLs that lead somewhere. */
  readonly urls: readonly string[];
}

const VALUES = ['7', 'orgs', 'a%20b', '%C3%A4%2F', 'x-y', 'l1', 'UPPER', 'a.b', '~', "it's"] as const;
const MAX_DEPTH = 4;

/** Builds the application of a seed: the same for the same seed. */
export function createRandomApplication(
  express: Express,
  major: 4 | 5,
  seed: number,
  monitoring: BaseLunaMonitoring,
): RandomApplication {
  return new Builder(express, major, new Random(seed)).build(monitoring);
}

class Builder {
  readonly expected = new Map<string, string>();
  readonly recovered = new Set<string>();
  readonly urls: string[] = [];
  readonly #express: Express;
  readonly #major: 4 | 5;
  readonly #random: Random;
  #names = 0;

  constructor(express: Express, major: 4 | 5, random: Random) {
    this.#express = express;
    this.#major = major;
    this.#random = random;
  }

  build(monitoring: BaseLunaMonitoring): RandomApplication {
    const app = this.#express();
    app.set('env', 'test');
    app.use(influxMonitoring({ monitoring }));
    this.#fill(app, () => '', '', 0);
    return { app, expected: this.expected, recovered: this.recovered, urls: this.urls };
  }

  #fill(router: Registrar, prefixFor: (url: string) => string, prefixUrl: string, depth: number): void {
    const count = 3 + this.#random.below(4);
    for (let entry = 0; entry < count; entry += 1) {
      const kind = this.#random.next();
      if (kind < 0.3 && depth < MAX_DEPTH) this.#mount(router, prefixFor, prefixUrl, depth);
      else if (kind < 0.4) this.#middleware(router, prefixFor, prefixUrl);
      else if (kind < 0.5) this.#errorHandler(router);
      else this.#route(router, prefixFor, prefixUrl);
    }
  }

  #mount(router: Registrar, prefixFor: (url: string) => string, prefixUrl: string, depth: number): void {
    const isAtRoot = this.#random.chance(0.15);
    const path = isAtRoot ? ROOT : this.#path(false);
    const isApplication = this.#random.chance(0.3);
    const inner: RequestHandler & Registrar = isApplication
      ? this.#innerApplication()
      : this.#express.Router({ mergeParams: this.#random.chance(0.5) });
    const innerPrefix = (url: string) => prefixFor(url) + (isAtRoot ? '' : path.patternFor(url));
    const url = prefixUrl + (isAtRoot ? '' : this.#random.pick(path.urls));
    this.#fill(inner, innerPrefix, url, depth + 1);
    const isWrapped = !isApplication && this.#random.chance(0.2);
    const handler: RequestHandler = isWrapped
      ? (req, res, next) => {
          inner(req, res, next);
        }
      : inner;
    router.use(withTrailingSlash(path.registered, this.#random.chance(0.2)), handler);
  }

  #route(router: Registrar, prefixFor: (url: string) => string, prefixUrl: string): void {
    const isRoot = this.#random.chance(0.15);
    const path = isRoot ? ROOT : this.#path(true);
    const resourceFor = (url: string) => {
      const prefix = prefixFor(url);
      if (isRoot) return prefix === '' ? '/' : prefix;
      const pattern = path.patternFor(url);
      return prefix === '' || pattern.startsWith('/') ? prefix + pattern : `${prefix}/${pattern}`;
    };
    const handlers: [RequestHandler, ...RequestHandler[]] = [this.#handler(resourceFor)];
    while (this.#random.chance(0.3)) handlers.push(this.#handler(resourceFor));
    const method = this.#random.pick(['get', 'get', 'all', 'post'] as const);
    router[method](path.registered, ...handlers);
    this.urls.push(`${prefixUrl}${isRoot ? '' : this.#random.pick(path.urls)}` || '/');
  }

  #middleware(router: Registrar, prefixFor: (url: string) => string, prefixUrl: string): void {
    const isAtRoot = this.#random.chance(0.5);
    const path = isAtRoot ? ROOT : this.#path(false);
    const resourceFor = (url: string) => `${prefixFor(url)}${isAtRoot ? '' : path.patternFor(url)}/*`;
    // At the root it would hide all that follows, so there it passes on.
    const handler = isAtRoot ? this.#passOn(resourceFor) : this.#handler(resourceFor);
    router.use(path.registered, handler);
    if (!isAtRoot) this.urls.push(`${prefixUrl}${this.#random.pick(path.urls)}/below`);
  }

  #innerApplication(): Application {
    const app = this.#express();
    app.set('env', 'test');
    return app;
  }

  #errorHandler(router: Registrar): void {
    const kind = this.#random.pick(['passes on', 'answers', 'recovers'] as const);
    const handler: ErrorRequestHandler = (error, req, res, next) => {
      if (kind === 'recovers') this.recovered.add(req.monitoring.requestId);
      if (kind === 'answers') res.status(500).end('handled');
      else next(kind === 'passes on' ? error : undefined);
    };
    router.use(handler);
  }

  #handler(resourceFor: (url: string) => string): RequestHandler {
    const kind = this.#random.pick([
      'answers',
      'answers',
      'later',
      'throws',
      'fails',
      'fails later',
      'passes on',
    ] as const);
    if (kind === 'passes on') return this.#passOn(resourceFor);
    return (req, res, next) => {
      this.#has(req, resourceFor);
      if (kind === 'answers') res.end('ok');
      else if (kind === 'later') setImmediate(() => res.end('ok'));
      else if (kind === 'throws') throw new Error('thrown');
      else if (kind === 'fails') next(new Error('passed'));
      else {
        setImmediate(() => {
          next(new Error('passed later'));
        });
      }
    };
  }

  #passOn(resourceFor: (url: string) => string): RequestHandler {
    const isLater = this.#random.chance(0.3);
    return (req, _res, next) => {
      // It has the request for a moment: a client that leaves then is its.
      this.#has(req, resourceFor);
      const passOn = () => {
        this.expected.delete(req.monitoring.requestId);
        next();
      };
      if (isLater) setImmediate(passOn);
      else passOn();
    };
  }

  #has(req: Request, resourceFor: (url: string) => string): void {
    this.expected.set(req.monitoring.requestId, resourceFor(req.originalUrl));
    this.recovered.delete(req.monitoring.requestId);
  }

  #path(isRoute: boolean): Path {
    const kind = this.#random.next();
    if (kind < 0.15) {
      const [first, second] = [this.#simplePath(), this.#simplePath()];
      const registered = [first.registered, second.registered];
      const all = registered.join(',');
      const patternFor = (url: string) => (url.includes(second.literal) ? second.registered : first.registered);
      return {
        patternFor: this.#major === 4 ? () => all : patternFor,
        registered,
        urls: [first.url, second.url],
      };
    }
    const { literal, registered, url } = this.#simplePath();
    if (isRoute && kind < 0.25) {
      const regexp = new RegExp(`^/${literal}/(\\d+)$`);
      return { patternFor: () => regexp.source, registered: regexp, urls: [`/${literal}/12`] };
    }
    return { patternFor: () => registered, registered, urls: [url] };
  }

  /** Literals, all different in the application, and parameters among them. */
  #simplePath() {
    const literal = `n${String((this.#names += 1))}q`;
    const value = () => this.#random.pick(VALUES);
    const parameter = `p${String(this.#names)}`;
    return this.#random.pick([
      { literal, registered: `/${literal}`, url: `/${literal}` },
      { literal, registered: `/${literal}/:${parameter}`, url: `/${literal}/${value()}` },
      { literal, registered: `/:${parameter}/${literal}`, url: `/${value()}/${literal}` },
      { literal, registered: `/${literal}/:${parameter}/:${parameter}b`, url: `/${literal}/${value()}/${value()}` },
      { literal, registered: `/${literal}-:${parameter}`, url: `/${literal}-${this.#random.pick(['1', 'ab', '%20'])}` },
    ]);
  }
}

const ROOT: Path = { patternFor: () => '', registered: '/', urls: ['/'] };

function withTrailingSlash(path: PathParameters, isWanted: boolean): PathParameters {
  return isWanted && typeof path === 'string' && path !== '/' ? `${path}/` : path;
}
