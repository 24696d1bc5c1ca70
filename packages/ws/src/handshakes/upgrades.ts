import type { IncomingMessage } from 'node:http';
import { MonitoringError } from '@influx-monitoring/core';
import type { Method } from '@influx-monitoring/core/internal';
import { checkUpgradeOptions, monitoringOf, type InstrumentUpgradesOptions, type UnwrapOptions } from '../options.ts';
import { ServerHook } from '../server-hook.ts';
import { showHandshakeData } from './data.ts';
import { UpgradeRecorder } from './recorder.ts';
import { watchHandshake, type HandshakeRecorder, type HandshakeWatch } from './watch.ts';

/** What `instrumentUpgrades` needs of a server: one of `node:http` or `node:https`. */
export interface InstrumentableServer {
  emit: (...parameters: never[]) => unknown;
  listen: (...parameters: never[]) => unknown;
}

/** Found again by a second copy of this package. */
const HOOK = Symbol.for('influx-monitoring.ws.upgrades.1');

/**
 * Records every handshake of a server as a point of `requests` with its own duration, from the `upgrade` event to the
 * status line, never the connection's. A refused one (status 400 and up) and an aborted one (499) is a point of
 * `errors` too.
 *
 * It works for ws, express-ws, socket.io and handlers written by hand, for it looks at the server and at the
 * connection, and adds no listener to either. A server without an `upgrade` handler goes on without one. Doing it twice
 * for the same monitoring does nothing more; for a second one, each has the points.
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
  if (monitoringOf(options).isEnabled) observeUpgrades(server, options);
  return server;
}

/**
 * Takes the recording of handshakes off a server: for all monitorings, or for the one that is given. Those that wait for
 * their answer are still recorded.
 *
 * @returns the same server
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { instrumentUpgrades, uninstrumentUpgrades } from '@influx-monitoring/ws';
 *
 * const server = createServer();
 * instrumentUpgrades(server);
 * uninstrumentUpgrades(server);
 * ```
 */
export function uninstrumentUpgrades<Server extends object>(server: Server, options: UnwrapOptions = {}): Server {
  const hook = hookOf(server);
  hook?.remove(options.monitoring);
  if (hook?.isGone === true) Reflect.deleteProperty(server, HOOK);
  return server;
}

/**
 * Begins to record a server's handshakes for a monitoring, if it does not yet.
 *
 * @returns what records them, and whether it is new
 */
export function observeUpgrades(
  server: object,
  options: InstrumentUpgradesOptions,
): { readonly recorder: UpgradeRecorder; readonly isNew: boolean } {
  const hook = hookOf(server) ?? putHook(server);
  const earlier = hook.entryOf(monitoringOf(options));
  hook.ensureReached();
  if (earlier !== undefined) return { recorder: earlier, isNew: false };
  const recorder = new UpgradeRecorder(options);
  hook.add(recorder);
  return { recorder, isNew: true };
}

/**
 * Begins to record one handshake, and gives its data to the handlers.
 *
 * @returns its watch, held: to be released when the handlers have returned
 */
export function beginHandshake(
  request: IncomingMessage,
  socket: object,
  recorders: readonly HandshakeRecorder[],
): HandshakeWatch | undefined {
  let watch: HandshakeWatch | undefined;
  for (const recorder of recorders) watch = watchHandshake(request, socket, recorder);
  watch?.hold();
  showHandshakeData(request);
  return watch;
}

function hookOf(server: object): ServerHook<UpgradeRecorder> | undefined {
  // The key is this package's own, so what is under it is what this package put there.
  return (server as { readonly [HOOK]?: ServerHook<UpgradeRecorder> })[HOOK];
}

function putHook(server: object): ServerHook<UpgradeRecorder> {
  const hook: ServerHook<UpgradeRecorder> = new ServerHook(server, 'emit', (original) => emitOver(original, hook));
  Object.defineProperty(server, HOOK, { configurable: true, enumerable: false, value: hook });
  return hook;
}

function emitOver(original: Method, hook: ServerHook<UpgradeRecorder>): Method {
  return function emit(this: unknown, event: unknown, ...parameters: unknown[]): unknown {
    const [request, socket] = parameters;
    // Node emits `upgrade` with these two; whoever emits it by hand imitates that.
    const isHandshake = event === 'upgrade' && hook.entries.length > 0 && isObject(request) && isObject(socket);
    const watch = isHandshake ? beginHandshake(request as IncomingMessage, socket, hook.entries) : undefined;
    try {
      return Reflect.apply(original, this, [event, ...parameters]);
    } finally {
      watch?.release();
    }
  };
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
