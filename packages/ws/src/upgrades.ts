import type { IncomingMessage } from 'node:http';
import { MonitoringError, type BaseLunaMonitoring } from '@influx-monitoring/core';
import { handshakeData } from './handshake-data.ts';
import { HandshakeRoutes } from './handshake-routes.ts';
import { watchHandshake, type HandshakeSettings } from './handshake-watch.ts';
import { checkUpgradeOptions, monitoringOf, type InstrumentUpgradesOptions } from './options.ts';
import { methodBehind, putOwnMethod, removeOwnMethod } from './own-method.ts';
import { OPTION_THREW } from './send-measure.ts';

/** What `instrumentUpgrades` needs of a server: one of `node:http` or `node:https`. */
export interface InstrumentableServer {
  emit: (...parameters: never[]) => unknown;
  listen: (...parameters: never[]) => unknown;
}

/** Found again by a second copy of this package. */
const STATE = Symbol.for('influx-monitoring.ws.upgrades');

/** How the handshakes of one server are recorded. */
export class UpgradeSettings implements HandshakeSettings {
  readonly monitoring: BaseLunaMonitoring;
  readonly routes: HandshakeRoutes;
  readonly #getErrorCode: InstrumentUpgradesOptions['getErrorCode'];
  readonly #route: InstrumentUpgradesOptions['route'];

  constructor(options: InstrumentUpgradesOptions) {
    this.monitoring = monitoringOf(options);
    this.routes = new HandshakeRoutes(options.paths);
    this.#getErrorCode = options.getErrorCode;
    this.#route = options.route;
  }

  errorCode(request: IncomingMessage, statusCode: number): number | string | undefined {
    try {
      return this.#getErrorCode?.(request, statusCode);
    } catch {
      this.monitoring.countEvent(OPTION_THREW);
      return undefined;
    }
  }

  resource(request: IncomingMessage, statusCode: number): string {
    try {
      const resource = this.#route?.(request);
      if (typeof resource === 'string' && resource !== '') return resource;
    } catch {
      this.monitoring.countEvent(OPTION_THREW);
    }
    return this.routes.resource(request, statusCode);
  }
}

interface UpgradesState {
  readonly settings: UpgradeSettings;
  readonly ownEmit: PropertyDescriptor | undefined;
  /** False once taken off, where somebody's own `emit` lies over ours and keeps it in use. */
  isActive: boolean;
}

/**
 * Records every handshake of a server as a point of `requests` with its own duration, from the `upgrade` event to the
 * status line, never the connection's. A refused one (status 400 and up) and an aborted one (499) is a point of
 * `errors` too.
 *
 * It works for ws, express-ws, socket.io and handlers written by hand, for it looks at the server and at the
 * connection, and adds no listener to either. A server without an `upgrade` handler goes on without one. Doing it twice
 * does nothing more.
 *
 * @param server - a server of `node:http` or `node:https`
 * @returns the same server
 * @throws MonitoringError `ERR_NOT_INSTRUMENTABLE` where `server` is none, `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { instrumentUpgrades } from '@influx-monitoring/ws';
 * import { WebSocketServer } from 'ws';
 *
 * const server = instrumentUpgrades(createServer(), { paths: ['/ws'] });
 * new WebSocketServer({ server, path: '/ws' });
 * ```
 */
export function instrumentUpgrades<Server extends InstrumentableServer>(
  server: Server,
  options: InstrumentUpgradesOptions = {},
): Server {
  assertServer(server);
  checkUpgradeOptions('instrumentUpgrades()', options);
  if (monitoringOf(options).isEnabled) observeUpgrades(server, () => new UpgradeSettings(options));
  return server;
}

/**
 * Takes the recording of handshakes off a server. Those that wait for their answer are still recorded.
 *
 * @returns the same server
 */
export function uninstrumentUpgrades<Server extends object>(server: Server): Server {
  const state = stateOf(server);
  if (state === undefined) return server;
  if (removeOwnMethod(server, 'emit', emit, state.ownEmit)) Reflect.deleteProperty(server, STATE);
  else state.isActive = false;
  return server;
}

/**
 * Begins to record a server's handshakes, if nobody does yet.
 *
 * @returns the settings by which they are recorded, and whether they are new
 */
export function observeUpgrades(
  server: object,
  createSettings: () => UpgradeSettings,
): { readonly settings: UpgradeSettings; readonly isNew: boolean } {
  const earlier = stateOf(server);
  if (earlier?.isActive === true) return { settings: earlier.settings, isNew: false };
  const settings = createSettings();
  const ownEmit = earlier === undefined ? Object.getOwnPropertyDescriptor(server, 'emit') : earlier.ownEmit;
  const value: UpgradesState = { settings, ownEmit, isActive: true };
  Object.defineProperty(server, STATE, { configurable: true, enumerable: false, value, writable: false });
  if (earlier === undefined) putOwnMethod(server, 'emit', emit);
  return { settings, isNew: true };
}

/** Begins to record one handshake, and gives its data to the handlers. */
export function beginHandshake(request: IncomingMessage, socket: object, settings: UpgradeSettings): void {
  watchHandshake(request, socket, settings);
  const data = handshakeData(request);
  // Where a middleware of @influx-monitoring/express runs on this request, as under express-ws, it finds the same data.
  if (Reflect.get(request, 'monitoring') === undefined) Reflect.set(request, 'monitoring', data);
}

function stateOf(server: object): UpgradesState | undefined {
  // The key is this package's own, so what is under it is what this package put there.
  return (server as { readonly [STATE]?: UpgradesState })[STATE];
}

/** The one `emit` of all instrumented servers. */
function emit(this: object, event: unknown, ...parameters: unknown[]): unknown {
  const state = stateOf(this);
  if (event === 'upgrade' && state?.isActive === true) {
    const [request, socket] = parameters;
    // Node emits `upgrade` with these two; whoever emits it by hand imitates that.
    if (isObject(request) && isObject(socket)) beginHandshake(request as IncomingMessage, socket, state.settings);
  }
  // What stands here was the server's `emit` before: EventEmitter's own signature.
  const original = methodBehind(this, 'emit', state?.ownEmit) as (this: object, ...parameters: unknown[]) => unknown;
  return original.call(this, event, ...parameters);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function assertServer(server: unknown): void {
  const isServer =
    isObject(server) &&
    typeof Reflect.get(server, 'emit') === 'function' &&
    typeof Reflect.get(server, 'listen') === 'function' &&
    Object.isExtensible(server);
  if (isServer) return;
  throw new MonitoringError(
    'ERR_NOT_INSTRUMENTABLE',
    'instrumentUpgrades(): expected a server of node:http or node:https; ' +
      'an Express application gives one by app.listen(), for a server of ws use wrapServer()',
  );
}
