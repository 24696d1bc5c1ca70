import { Socket } from 'node:net';
import type { Method } from '@influx-monitoring/core/internal';
import type { BegunSend } from './begun-send.ts';
import { countBegin } from './end-time.ts';
import type { SocketMeasure } from './measure.ts';

/**
 * Sends whose end is known when `send` returns: over a plain TCP connection with nothing left to write, the bytes go to
 * the kernel within the call. A callback would say so later, after the other sends of the turn, and in a tick of its own,
 * which was most of what measuring cost a broadcast.
 */

/** What is asked of a socket of ws. */
interface WsSocket {
  readonly bufferedAmount: number;
  readonly readyState: number;
  readonly _extensions?: Readonly<Record<string, unknown>>;
  readonly _socket?: PlainStream | null;
}

const OPEN = 1;

/** What ws's own `send` does, in each version since 8.0: where it has written, `bufferedAmount` tells what is left. */
const SEND_OF_WS = /\._sender\.send\(/;

const areSendsOfWs = new WeakMap<Method, boolean>();
/** The one that nearly all sockets have, found without a look into the table. */
let lastSendOfWs: Method | undefined;

/** What a connection over TCP has, with the class itself: those of TLS write later. */
interface PlainStream {
  readonly constructor: unknown;
  readonly write: unknown;
}
const plain: PlainStream = Socket.prototype;
const plainClass = plain.constructor;
const plainWrite = plain.write;

/** So many ends wait to be recorded at most, where one turn sends more. */
const MAX_ENDS = 1024;

const RESOLVED = Promise.resolve();

/** Ends are recorded together, after the turn: each between two sends would find the caches full of the kernel's data. */
let ended: BegunSend[] = [];
let endsMs: number[] = [];

/** The stream of a socket whose next send is direct. */
export function directStreamOf(
  measure: SocketMeasure,
  socket: object,
  original: Method,
  data: unknown,
): Socket | undefined {
  if (measure.gauge !== undefined) return undefined;
  const { bufferedAmount, readyState } = socket as WsSocket;
  if (readyState !== OPEN || bufferedAmount !== 0) return undefined;
  // A Blob is read first, and what has another type is for ws to judge.
  if (typeof data !== 'string' && !(data instanceof Uint8Array)) return undefined;
  if (!isSendOfWs(original)) return undefined;
  const stream = plainStreamOf(socket);
  return stream?.writable === true ? stream : undefined;
}

/** Sees to the end of a send that was made without a callback just now. */
export function endDirectSend(stream: Socket, socket: object, send: BegunSend): void {
  if ((socket as WsSocket).bufferedAmount > 0) {
    // The kernel did not take all of it; what is written behind it ends when it has.
    countBegin();
    stream.write('', send.callback);
  } else if (stream.errored !== null) {
    send.recorder.recordFailure(stream.errored);
  } else {
    if (ended.length === 0) void RESOLVED.then(recordEnds);
    ended.push(send);
    endsMs.push(performance.now());
    if (ended.length === MAX_ENDS) recordEnds();
  }
}

/** Whether the kernel has taken, or refused, a direct send that was made with a callback just now; its end is then of now. */
export function isTaken(socket: object, send: BegunSend): boolean {
  if ((socket as WsSocket).bufferedAmount > 0) return false;
  send.takenMs = performance.now();
  return true;
}

function recordEnds(): void {
  const sends = ended;
  const times = endsMs;
  // First, as who looks at the points may send.
  ended = [];
  endsMs = [];
  for (const [index, send] of sends.entries()) send.recorder.recordTransport(send, times[index] ?? NaN);
}

function isSendOfWs(method: Method): boolean {
  if (method === lastSendOfWs) return true;
  let isOfWs = areSendsOfWs.get(method);
  if (isOfWs === undefined) {
    isOfWs = SEND_OF_WS.test(Function.prototype.toString.call(method));
    areSendsOfWs.set(method, isOfWs);
  }
  if (isOfWs) lastSendOfWs = method;
  return isOfWs;
}

/** The stream of an open socket: TLS and streams of other kinds write later, and a compressed message waits its turn. */
function plainStreamOf(socket: object): Socket | undefined {
  const { _extensions: extensions, _socket: stream } = socket as WsSocket;
  if (stream === null || stream === undefined) return undefined;
  if (stream.constructor !== plainClass || stream.write !== plainWrite) return undefined;
  if (extensions?.['permessage-deflate'] !== undefined) return undefined;
  // What has the class's constructor and `write` is of the class.
  return stream as unknown as Socket;
}
