import { MonitoringError, type BaseMonitoring } from '@influx-monitoring/core';
import { checkSocketOptions, type UnwrapOptions, type WrapSocketOptions } from '../options.ts';
import { SocketMeasure } from './measure.ts';
import { addMeasure, hasPlaceForMeasures, measureFor, removeMeasures } from './measures.ts';
import { putSend, removeSend } from './send-method.ts';
import { sendSettingsOf, type SendSettings } from './settings.ts';

/** What `wrapSocket` needs of a socket: a `WebSocket` of the package ws, of the client's or the server's side. */
export interface InstrumentableSocket {
  readonly bufferedAmount: number;
  readonly readyState: number;
  send: (...parameters: never[]) => unknown;
  terminate: () => void;
}

/**
 * Measures the sends of a socket that a Redis message caused: from the message's arrival to the moment when the
 * kernel took the bytes, compression and waiting for a slow reader included. It does not prove that the client got
 * them.
 *
 * Each such send is a point of `ws_requests`, a failed one of `subscription_error` with the code 29004. Sends that no
 * message is known to have caused go out as ever and are counted in `stats().counters.ws_send_without_context`.
 * Nothing else changes: no listener is added, `send` takes and throws what it did; its callback runs in the message of its
 * own send, whatever ws calls it in. Wrapping twice for the same monitoring does nothing more; for a second one, each has
 * the points.
 *
 * @param ws - a socket of the package ws
 * @returns the same socket
 * @throws MonitoringError `ERR_NOT_INSTRUMENTABLE` where `ws` is no such socket, `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`
 *
 * @example
 * ```ts
 * import { WebSocketServer } from 'ws';
 * import { wrapSocket } from '@influx-monitoring/ws';
 *
 * const server = new WebSocketServer({ noServer: true });
 * server.on('connection', (ws, request) => {
 *   wrapSocket(ws, { accountId: String(request.headers['luna-account-id']) });
 * });
 * ```
 */
export function wrapSocket<Socket extends InstrumentableSocket>(
  ws: Socket,
  options: WrapSocketOptions<Socket> = {},
): Socket {
  assertSocket(ws);
  checkSocketOptions('wrapSocket()', options);
  // The functions among the options are only ever called with this socket.
  const socketOptions = options as WrapSocketOptions;
  const settings = sendSettingsOf(socketOptions);
  if (settings.monitoring.isEnabled) measureSocket(ws, settings, socketOptions.accountId);
  return ws;
}

/** Measures the sends of a socket by settings that it shares with others. */
export function measureSocket(socket: object, settings: SendSettings, accountId: WrapSocketOptions['accountId']): void {
  const wasWrapped = hasPlaceForMeasures(socket);
  if (measureFor(socket, settings.monitoring) === undefined) {
    addMeasure(socket, new SocketMeasure(socket, settings, accountId));
  }
  putSend(socket, wasWrapped);
}

/**
 * Takes the measuring off a socket: for all monitorings, or for the one that is given. Sends that wait for their end are
 * still recorded.
 *
 * @returns the same socket
 *
 * @example
 * ```ts
 * import { WebSocket } from 'ws';
 * import { unwrapSocket, wrapSocket } from '@influx-monitoring/ws';
 *
 * const socket = new WebSocket('ws://127.0.0.1:8080');
 * wrapSocket(socket);
 * unwrapSocket(socket);
 * ```
 */
export function unwrapSocket<Socket extends object>(ws: Socket, options: UnwrapOptions = {}): Socket {
  unmeasureSocket(ws, options.monitoring);
  return ws;
}

/** Takes off what `measureSocket` put there, of one monitoring or of all. */
export function unmeasureSocket(socket: object, monitoring: BaseMonitoring | undefined): void {
  if (!hasPlaceForMeasures(socket) || removeMeasures(socket, monitoring)) return;
  removeSend(socket);
}

/** Whether something can be wrapped. */
export function isInstrumentable(ws: unknown): ws is InstrumentableSocket {
  return (
    typeof ws === 'object' &&
    ws !== null &&
    typeof Reflect.get(ws, 'send') === 'function' &&
    typeof Reflect.get(ws, 'terminate') === 'function' &&
    typeof Reflect.get(ws, 'readyState') === 'number' &&
    Object.isExtensible(ws)
  );
}

function assertSocket(ws: unknown): void {
  if (isInstrumentable(ws)) return;
  throw new MonitoringError(
    'ERR_NOT_INSTRUMENTABLE',
    'wrapSocket(): expected a WebSocket of the package ws (with send, terminate and readyState); ' +
      'for a server use wrapServer(), for other kinds of socket recordSend()',
  );
}
