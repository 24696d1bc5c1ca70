import type { IncomingMessage } from 'node:http';
import { MonitoringError, type BaseMonitoring } from '@influx-monitoring/core';
import { guardQuestion, type Method } from '@influx-monitoring/core/internal';
import { beginHandshake, observeUpgrades, uninstrumentUpgrades } from '../handshakes/upgrades.ts';
import { UpgradeRecorder } from '../handshakes/recorder.ts';
import {
  checkServerOptions,
  monitoringOf,
  type InstrumentUpgradesOptions,
  type UnwrapOptions,
  type WrapServerOptions,
  type WrapSocketOptions,
} from '../options.ts';
import { ServerHook } from '../server-hook.ts';
import { sendSettingsOf, type SendSettings } from './settings.ts';
import { isInstrumentable, measureSocket, unmeasureSocket, type InstrumentableSocket } from './socket.ts';

/** What `wrapServer` needs of a server: a `WebSocketServer` of the package ws. */
export interface InstrumentableSocketServer<Socket extends InstrumentableSocket = InstrumentableSocket> {
  readonly clients?: Iterable<Socket> | undefined;
  handleUpgrade: (...parameters: never[]) => unknown;
}

/** Found again by a second copy of this package. */
const HOOK = Symbol.for('influx-monitoring.ws.server.1');

/** What one monitoring does with a server of ws. */
interface ServerEntry {
  readonly monitoring: BaseMonitoring;
  readonly accountId: (request: IncomingMessage, socket: object) => unknown;
  readonly recorder: UpgradeRecorder;
  readonly settings: SendSettings;
  /** The HTTP server, where its handshakes are recorded because of this one. */
  readonly httpServer: object | undefined;
}

/**
 * Records a server's handshakes as `instrumentUpgrades` does, and wraps the socket of each connection from now on as
 * `wrapSocket` does.
 *
 * Where the server of ws has an HTTP server, all handshakes of that are recorded. With `noServer` only those that reach
 * `handleUpgrade` can be seen: give the HTTP server to `instrumentUpgrades` to see those that are refused before it. No
 * listener is added. Wrapping twice for the same monitoring does nothing more; for a second one, each has the points.
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
  const monitoring = monitoringOf(options);
  if (!monitoring.isEnabled) return server;
  const hook = hookOf(server) ?? putHook(server);
  hook.ensureReached();
  // The functions among the options are only ever called with this server's sockets.
  if (hook.entryOf(monitoring) === undefined) hook.add(entryOf(server, options as WrapServerOptions));
  return server;
}

/**
 * Takes the recording off a server, off its HTTP server where `wrapServer` put it there, and off all its connected
 * sockets: for all monitorings, or for the one that is given.
 *
 * @returns the same server
 *
 * @example
 * ```ts
 * import { WebSocketServer } from 'ws';
 * import { unwrapServer, wrapServer } from '@influx-monitoring/ws';
 *
 * const server = new WebSocketServer({ port: 0 });
 * wrapServer(server);
 * unwrapServer(server);
 * ```
 */
export function unwrapServer<Server extends InstrumentableSocketServer>(
  server: Server,
  options: UnwrapOptions = {},
): Server {
  const hook = hookOf(server);
  if (hook === undefined) return server;
  for (const { httpServer, monitoring } of hook.remove(options.monitoring)) {
    if (httpServer !== undefined) uninstrumentUpgrades(httpServer, { monitoring });
    for (const socket of server.clients ?? []) unmeasureSocket(socket, monitoring);
  }
  if (hook.isGone) Reflect.deleteProperty(server, HOOK);
  return server;
}

function entryOf(server: object, options: WrapServerOptions): ServerEntry {
  const { accountId, gaugePeriodSeconds, gauges, requestId, sampleRate, ...others } = options;
  const { monitoring, slowSeconds } = others;
  const sendOptions: WrapSocketOptions = { gaugePeriodSeconds, gauges, monitoring, requestId, sampleRate, slowSeconds };
  const settings = sendSettingsOf(sendOptions);
  return {
    monitoring: settings.monitoring,
    accountId: typeof accountId === 'function' ? guardQuestion(accountId, settings.countFailure) : () => accountId,
    settings,
    ...observeServer(server, others),
  };
}

function observeServer(
  server: object,
  options: InstrumentUpgradesOptions,
): Pick<ServerEntry, 'recorder' | 'httpServer'> {
  const httpServer = httpServerOf(server);
  const { recorder, isNew } =
    httpServer === undefined
      ? { recorder: new UpgradeRecorder(options), isNew: false }
      : observeUpgrades(httpServer, options);
  // The path that ws was told is a route, also where nobody was accepted at it yet.
  const path = optionOf(server, 'path');
  if (typeof path === 'string') recorder.routes.add(path);
  return { recorder, httpServer: isNew ? httpServer : undefined };
}

/** The HTTP server that was given to ws, or that ws made for a port and keeps to itself. */
function httpServerOf(server: object): object | undefined {
  const given: unknown = optionOf(server, 'server') ?? Reflect.get(server, '_server');
  return typeof given === 'object' && given !== null ? given : undefined;
}

function optionOf(server: object, name: string): unknown {
  const options: unknown = Reflect.get(server, 'options');
  return typeof options === 'object' && options !== null ? Reflect.get(options, name) : undefined;
}

function hookOf(server: object): ServerHook<ServerEntry> | undefined {
  // The key is this package's own, so what is under it is what this package put there.
  return (server as { readonly [HOOK]?: ServerHook<ServerEntry> })[HOOK];
}

function putHook(server: object): ServerHook<ServerEntry> {
  const hook: ServerHook<ServerEntry> = new ServerHook(server, 'handleUpgrade', (original) =>
    handleUpgradeOver(original, hook),
  );
  Object.defineProperty(server, HOOK, { configurable: true, enumerable: false, value: hook });
  return hook;
}

/**
 * ws calls `handleUpgrade` for every connection of every mode; its `emit` of `connection` is bound before anybody could
 * lie over it.
 */
function handleUpgradeOver(original: Method, hook: ServerHook<ServerEntry>): Method {
  return function handleUpgrade(this: unknown, request: unknown, socket: unknown, head: unknown, callback: unknown) {
    const { entries } = hook;
    if (entries.length === 0 || typeof callback !== 'function') {
      return Reflect.apply(original, this, [request, socket, head, callback]);
    }
    // ws documents the three; whoever calls it by hand hands on what `upgrade` gave.
    const upgradeRequest = request as IncomingMessage;
    const recorders = entries.map(({ recorder }) => recorder);
    const watch = beginHandshake(upgradeRequest, socket as object, recorders);
    const onConnection = function (this: unknown, client: unknown, ...others: unknown[]): unknown {
      wrapConnection(client, upgradeRequest, hook);
      return Reflect.apply(callback, this, [client, ...others]);
    };
    try {
      return Reflect.apply(original, this, [request, socket, head, onConnection]);
    } finally {
      watch?.release();
    }
  };
}

function wrapConnection(client: unknown, request: IncomingMessage, hook: ServerHook<ServerEntry>): void {
  // A server may be told to make sockets of another kind; those go unmeasured.
  if (!isInstrumentable(client)) return;
  for (const { accountId, settings } of hook.entries) {
    const account = accountId(request, client);
    measureSocket(client, settings, typeof account === 'string' ? account : undefined);
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
