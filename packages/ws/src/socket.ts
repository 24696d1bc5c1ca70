import { MonitoringError, currentMessage } from '@influx-monitoring/core';
import { checkSocketOptions, monitoringOf, type WrapSocketOptions } from './options.ts';
import { methodBehind, putOwnMethod, removeOwnMethod } from './own-method.ts';
import { SocketMeasure, WITHOUT_CONTEXT, type WsCallback } from './send-measure.ts';

/** What `wrapSocket` needs of a socket: a `WebSocket` of the package ws, of the client's or the server's side. */
export interface InstrumentableSocket {
  readonly bufferedAmount: number;
  readonly readyState: number;
  send: (...parameters: never[]) => unknown;
  terminate: () => void;
}

/** Found again by a second copy of this package, as where one is loaded as ESM and one as CommonJS. */
const STATE = Symbol.for('influx-monitoring.ws.socket');

/** What a wrapped socket carries: one object, for there may be many sockets. */
class SocketState extends SocketMeasure {
  /** False once unwrapped, where somebody's own `send` lies over ours and keeps it in use. */
  isActive = true;
  readonly ownSend: PropertyDescriptor | undefined;

  constructor(socket: object, options: WrapSocketOptions, ownSend: PropertyDescriptor | undefined) {
    super(socket, options);
    this.ownSend = ownSend;
  }
}

/**
 * Measures the sends of a socket that a Redis message caused: from the message's arrival to the moment when the
 * kernel took the bytes, compression and waiting for a slow reader included. It does not prove that the client got
 * them.
 *
 * Each such send is a point of `ws_requests`, a failed one of `subscription_error` with the code 29004. Sends that no
 * message is known to have caused go out as ever and are counted in `stats().counters.ws_send_without_context`.
 * Nothing else changes: no listener is added, `send` takes and throws what it did. Wrapping twice does nothing more.
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
  if (!monitoringOf(options).isEnabled) return ws;
  const earlier = stateOf(ws);
  if (earlier?.isActive === true) return ws;
  const ownSend = earlier === undefined ? Object.getOwnPropertyDescriptor(ws, 'send') : earlier.ownSend;
  // The functions among the options are only ever called with this socket.
  const state = new SocketState(ws, options as WrapSocketOptions, ownSend);
  Object.defineProperty(ws, STATE, { configurable: true, enumerable: false, value: state, writable: false });
  if (earlier === undefined) putOwnMethod(ws, 'send', send);
  return ws;
}

/**
 * Takes the measuring off a socket. Sends that wait for their end are still recorded.
 *
 * @returns the same socket
 */
export function unwrapSocket<Socket extends object>(ws: Socket): Socket {
  const state = stateOf(ws);
  if (state === undefined) return ws;
  if (removeOwnMethod(ws, 'send', send, state.ownSend)) Reflect.deleteProperty(ws, STATE);
  else state.isActive = false;
  return ws;
}

/** The measure of a socket, if it is wrapped. */
export function measureOf(ws: object): SocketMeasure | undefined {
  const state = stateOf(ws);
  return state?.isActive === true ? state : undefined;
}

function stateOf(ws: object): SocketState | undefined {
  // The key is this package's own, so what is under it is what this package put there.
  return (ws as { readonly [STATE]?: SocketState })[STATE];
}

/** The one `send` of all wrapped sockets: of the original's length, and with nothing of its own to hold. */
function send(this: object, data: unknown, options: unknown, callback: unknown): unknown {
  const state = stateOf(this);
  // ws's own signature; what stands here was the socket's `send` before.
  const original = methodBehind(this, 'send', state?.ownSend) as (this: object, ...parameters: unknown[]) => unknown;
  if (state?.isActive !== true || !endsMessage(options)) return original.call(this, data, options, callback);
  const message = currentMessage();
  if (message === undefined) {
    state.monitoring.countEvent(WITHOUT_CONTEXT);
    return original.call(this, data, options, callback);
  }
  // ws takes a callback in the place of the options, and then no other.
  const userCallback = isCallback(options) ? options : callback;
  if (!isCallback(userCallback) && userCallback !== undefined && userCallback !== null) {
    return original.call(this, data, options, callback);
  }
  const sendOptions = isCallback(options) ? undefined : options;
  const result = original.call(this, data, sendOptions, state.measureSend(this, message, userCallback ?? undefined));
  // Only now: a socket that is still connecting throws, and will never call back.
  state.countBegin();
  return result;
}

/** A fragment that others follow is no message yet; ws spreads the options, so an own `fin: undefined` counts as false. */
function endsMessage(options: unknown): boolean {
  if (typeof options !== 'object' || options === null || !Object.hasOwn(options, 'fin')) return true;
  return Boolean(Reflect.get(options, 'fin'));
}

function isCallback(value: unknown): value is WsCallback {
  return typeof value === 'function';
}

/** Whether something can be wrapped. */
export function isInstrumentable(ws: unknown): boolean {
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
