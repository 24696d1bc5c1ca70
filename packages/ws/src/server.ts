import type { IncomingMessage } from 'node:http';
import { MonitoringError } from '@influx-monitoring/core';
import { checkServerOptions, monitoringOf, type WrapServerOptions, type WrapSocketOptions } from './options.ts';
import { methodBehind, putOwnMethod, removeOwnMethod } from './own-method.ts';
import { OPTION_THREW } from './send-measure.ts';
import { isInstrumentable, unwrapSocket, wrapSocket, type InstrumentableSocket } from './socket.ts';
import { UpgradeSettings, beginHandshake, observeUpgrades, uninstrumentUpgrades } from './upgrades.ts';

/** What `wrapServer` needs of a server: a `WebSocketServer` of the package ws. */
export interface InstrumentableSocketServer<Socket extends InstrumentableSocket = InstrumentableSocket> {
  readonly clients?: Iterable<Socket> | undefined;
  handleUpgrade: (...parameters: never[]) => unknown;
}

/** Found again by a second copy of this package. */
const STATE = Symbol.for('influx-monitoring.ws.server');

interface ServerState {
  readonly upgrades: UpgradeSettings;
  readonly options: WrapServerOptions<InstrumentableSocket>;
  /** The HTTP server, where its handshakes are recorded because of this one. */
  readonly httpServer: object | undefined;
  readonly ownHandleUpgrade: PropertyDescriptor | undefined;
  /** False once unwrapped, where somebody's own `handleUpgrade` lies over ours and keeps it in use. */
  isActive: boolean;
}

type AnyFunction = (this: unknown, ...parameters: unknown[]) => unknown;

/**
 * Records a server's handshakes as `instrumentUpgrades` does, and wraps the socket of each connection from now on as
 * `wrapSocket` does.
 *
 * Where the server of ws has an HTTP server, all handshakes of that are recorded. With `noServer` only those that reach
 * `handleUpgrade` can be seen: give the HTTP server to `instrumentUpgrades` to see those that are refused before it. No
 * listener is added. Wrapping twice does nothing more.
 *
 * @param server - a server of the package ws
 * @returns the same server
 * @throws MonitoringError `ERR_NOT_INSTRUMENTABLE` where `server` is none, `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`
 *
 * @example
 * ```ts
 * import { wrapServer } from '@influx-monitoring/ws';
 * import { WebSocketServer } from 'ws';
 *
 * const server = new WebSocketServer({ noServer: true });
 * wrapServer(server, { accountId: (request) => request.headers['luna-account-id']?.toString() });
 * ```
 */
export function wrapServer<Socket extends InstrumentableSocket, Server extends InstrumentableSocketServer<Socket>>(
  server: Server & InstrumentableSocketServer<Socket>,
  options: WrapServerOptions<Socket> = {},
): Server {
  assertSocketServer(server);
  checkServerOptions('wrapServer()', options);
  const earlier = stateOf(server);
  if (!monitoringOf(options).isEnabled || earlier?.isActive === true) return server;
  const { upgrades, httpServer } = observeServer(server, options);
  const value: ServerState = {
    upgrades,
    // The functions among the options are only ever called with this server's sockets.
    options: options as WrapServerOptions<InstrumentableSocket>,
    httpServer,
    ownHandleUpgrade:
      earlier === undefined ? Object.getOwnPropertyDescriptor(server, 'handleUpgrade') : earlier.ownHandleUpgrade,
    isActive: true,
  };
  Object.defineProperty(server, STATE, { configurable: true, enumerable: false, value, writable: false });
  if (earlier === undefined) putOwnMethod(server, 'handleUpgrade', handleUpgrade);
  return server;
}

/**
 * Takes the recording off a server, off its HTTP server where `wrapServer` put it there, and off all its connected
 * sockets.
 *
 * @returns the same server
 */
export function unwrapServer<Server extends InstrumentableSocketServer>(server: Server): Server {
  const state = stateOf(server);
  if (state?.isActive !== true) return server;
  state.isActive = false;
  if (removeOwnMethod(server, 'handleUpgrade', handleUpgrade, state.ownHandleUpgrade)) {
    Reflect.deleteProperty(server, STATE);
  }
  if (state.httpServer !== undefined) uninstrumentUpgrades(state.httpServer);
  for (const socket of server.clients ?? []) unwrapSocket(socket);
  return server;
}

function observeServer<Socket extends object>(
  server: object,
  options: WrapServerOptions<Socket>,
): { readonly upgrades: UpgradeSettings; readonly httpServer: object | undefined } {
  const httpServer = httpServerOf(server);
  if (httpServer === undefined) return { upgrades: withPathOf(server, new UpgradeSettings(options)), httpServer };
  const { settings, isNew } = observeUpgrades(httpServer, () => new UpgradeSettings(options));
  return { upgrades: withPathOf(server, settings), httpServer: isNew ? httpServer : undefined };
}

/** The HTTP server that was given to ws, or that ws made for a port and keeps to itself. */
function httpServerOf(server: object): object | undefined {
  const given: unknown = optionOf(server, 'server') ?? Reflect.get(server, '_server');
  return typeof given === 'object' && given !== null ? given : undefined;
}

/** The path that ws was told is a route, also where nobody was accepted at it yet. */
function withPathOf(server: object, settings: UpgradeSettings): UpgradeSettings {
  const path = optionOf(server, 'path');
  if (typeof path === 'string') settings.routes.add(path);
  return settings;
}

function optionOf(server: object, name: string): unknown {
  const options: unknown = Reflect.get(server, 'options');
  return typeof options === 'object' && options !== null ? Reflect.get(options, name) : undefined;
}

function stateOf(server: object): ServerState | undefined {
  // The key is this package's own, so what is under it is what this package put there.
  return (server as { readonly [STATE]?: ServerState })[STATE];
}

/**
 * The one `handleUpgrade` of all wrapped servers. ws calls it for every connection of every mode; its `emit` of
 * `connection` is bound before anybody could lie over it.
 */
function handleUpgrade(this: object, request: unknown, socket: unknown, head: unknown, callback: unknown): unknown {
  const state = stateOf(this);
  // What stands here was the server's `handleUpgrade` before: ws's own signature.
  const original = methodBehind(this, 'handleUpgrade', state?.ownHandleUpgrade) as AnyFunction;
  if (state?.isActive !== true || typeof callback !== 'function') {
    return original.call(this, request, socket, head, callback);
  }
  // ws documents the three; whoever calls it by hand hands on what `upgrade` gave.
  const upgradeRequest = request as IncomingMessage;
  const onConnection = callback as AnyFunction;
  beginHandshake(upgradeRequest, socket as object, state.upgrades);
  return original.call(this, request, socket, head, function (this: unknown, client: unknown, ...others: unknown[]) {
    wrapConnection(client as InstrumentableSocket, upgradeRequest, state);
    return onConnection.call(this, client, ...others);
  });
}

function wrapConnection(client: InstrumentableSocket, request: IncomingMessage, state: ServerState): void {
  // A server may be told to make sockets of another kind; those go unmeasured.
  if (!state.isActive || !isInstrumentable(client)) return;
  const { gaugePeriodSeconds, gauges, requestId } = state.options;
  const socketOptions: WrapSocketOptions<InstrumentableSocket> = {
    accountId: accountIdOf(client, request, state),
    gaugePeriodSeconds,
    gauges,
    monitoring: state.options.monitoring,
    requestId,
  };
  wrapSocket(client, socketOptions);
}

function accountIdOf(client: InstrumentableSocket, request: IncomingMessage, state: ServerState): string | undefined {
  const { accountId } = state.options;
  if (typeof accountId !== 'function') return accountId;
  try {
    const result: unknown = accountId(request, client);
    return typeof result === 'string' ? result : undefined;
  } catch {
    state.upgrades.monitoring.countEvent(OPTION_THREW);
    return undefined;
  }
}

function assertSocketServer(server: unknown): void {
  const isServer =
    typeof server === 'object' &&
    server !== null &&
    typeof Reflect.get(server, 'handleUpgrade') === 'function' &&
    Object.isExtensible(server);
  if (isServer) return;
  throw new MonitoringError(
    'ERR_NOT_INSTRUMENTABLE',
    'wrapServer(): expected a WebSocketServer of the package ws; for a server of node:http use instrumentUpgrades()',
  );
}
