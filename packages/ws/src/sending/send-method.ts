import type { MessageContext } from '@influx-monitoring/core';
import {
  carriedMessage,
  coverMethod,
  isCarriedSynchronously,
  methodBehind,
  processWide,
  replaceMethod,
  uncoverMethod,
  type Method,
  type Patch,
} from '@influx-monitoring/core/internal';
import { WITHOUT_CONTEXT } from '../counters.ts';
import { directStreamOf, endDirectSend, isTaken } from './direct-send.ts';
import { callbackOf, inContextOfSend, type SocketMeasure, type WsCallback } from './measure.ts';
import { firstMeasureOf, removePlaceForMeasures } from './measures.ts';
import { isAnswer } from './settings.ts';

/** On every method of ours, under this key: itself. A copy of its properties (sinon makes them) is none of ours. */
const OURS = Symbol.for('influx-monitoring.ws.send.1');

/** What sockets that had a `send` of their own had, by socket: hardly any has. */
const sendsBefore = processWide('ws.sends-before', 1, () => new WeakMap<object, PropertyDescriptor>());

/** Methods put over one that somebody put over ours, by socket, first to last. */
const laterPatches = processWide('ws.later-patches', 1, () => new WeakMap<object, Patch[]>());

/** The socket whose later method measures the send that runs now: the first one of ours behind it must not. */
let measuredAbove: object | undefined;

/**
 * Sees to it that a call of the socket's `send` reaches a method of ours.
 *
 * @param wasWrapped - whether one of ours may already lie somewhere below what is reached
 */
export function putSend(socket: object, wasWrapped: boolean): void {
  const reached: unknown = Reflect.get(socket, 'send');
  if (isOurs(reached)) return;
  const before = Object.getOwnPropertyDescriptor(socket, 'send');
  // Somebody put another over ours, which that one may well call: the shared one twice would call itself for ever.
  if (before !== undefined && wasWrapped) putLaterSend(socket);
  else if (coverMethod(socket, 'send', send as Method)) {
    // Where ours was deleted, what it lay over is gone as well.
    if (before === undefined) sendsBefore.delete(socket);
    else sendsBefore.set(socket, before);
  }
}

/** Takes the methods of ours off a socket, as far as nobody has put another over them. */
export function removeSend(socket: object): void {
  for (const patch of laterPatches.get(socket)?.reverse() ?? []) patch.undo();
  laterPatches.delete(socket);
  const own: unknown = Object.getOwnPropertyDescriptor(socket, 'send')?.value;
  if (own === undefined) removePlaceForMeasures(socket);
  else if (isOurs(own) && uncoverMethod(socket, 'send', own, sendsBefore.get(socket))) {
    sendsBefore.delete(socket);
    removePlaceForMeasures(socket);
  }
}

function isOurs(method: unknown): method is Method {
  return typeof method === 'function' && Reflect.get(method, OURS) === method;
}

function mark<Marked extends object>(method: Marked): Marked {
  return Object.defineProperty(method, OURS, { value: method });
}

function putLaterSend(socket: object): void {
  const patch = replaceMethod(socket, 'send', (original) =>
    mark(function laterSend(this: unknown, data: unknown, options: unknown, callback: unknown): unknown {
      const first = firstMeasureOf(socket);
      if (first === undefined || this !== socket || measuredAbove === socket) {
        return Reflect.apply(original, this, [data, options, callback]);
      }
      const outer = measuredAbove;
      measuredAbove = socket;
      try {
        return measuredSend(socket, first, sendAsCalled(original, options), data, options, callback);
      } finally {
        measuredAbove = outer;
      }
    }),
  );
  if (patch === undefined) return;
  const later = laterPatches.get(socket);
  if (later === undefined) laterPatches.set(socket, [patch]);
  else later.push(patch);
}

/** What lies between two methods of ours may know `(data, callback)` alone: it is called as the user called. */
function sendAsCalled(original: Method, userOptions: unknown): Method {
  if (!isCallback(userOptions)) return original;
  return function send(this: unknown, data: unknown, _options: unknown, callback: unknown): unknown {
    return Reflect.apply(original, this, [data, callback]);
  };
}

/** The one `send` of all wrapped sockets: of the original's length, and with nothing of its own to hold. */
const send = mark(function send(this: object, data: unknown, options: unknown, callback: unknown): unknown {
  const original = methodBehind(this, 'send', sendsBefore.get(this));
  const first = firstMeasureOf(this);
  if (first === undefined) return original.call(this, data, options, callback);
  if (measuredAbove === this) {
    measuredAbove = undefined;
    return original.call(this, data, options, callback);
  }
  return measuredSend(this, first, original, data, options, callback);
});

/** Where there is one measure, as on nearly all sockets, nothing is made that each send of a broadcast would leave behind. */
function measuredSend(
  socket: object,
  first: SocketMeasure,
  original: Method,
  data: unknown,
  options: unknown,
  callback: unknown,
): unknown {
  // ws takes a callback in the place of the options, and then no other.
  const userCallback = isCallback(options) ? options : callback;
  if (!isCallback(userCallback) && userCallback !== undefined && userCallback !== null) {
    return original.call(socket, data, options, callback);
  }
  const call: SendCall = { socket, original, data, options, callback };
  const message = carriedMessage();
  const then = isCallback(userCallback) ? inContextOfSend(userCallback, message, isCarriedSynchronously()) : undefined;
  if (first.next !== undefined) return sendOfSeveral(first, message, then, call);
  if (!endsMessage(options) || !isMeasured(first, message)) return sendOver(call, then);
  // An answer has a message.
  const begun = first.beginSend(socket, message as MessageContext, then === undefined);
  const stream = directStreamOf(first, socket, original, data);
  if (stream !== undefined && then === undefined) {
    const result = sendOver(call, undefined);
    endDirectSend(stream, socket, begun);
    return result;
  }
  const result = sendOver(call, callbackOf(begun, then));
  // Only now: a socket that is still connecting throws, and will never call back.
  if (stream === undefined || !isTaken(socket, begun)) first.countBegin();
  return result;
}

interface SendCall {
  readonly socket: object;
  readonly original: Method;
  readonly data: unknown;
  readonly options: unknown;
  readonly callback: unknown;
}

/** Sends as the user called, with `over` in the place of the user's callback if there is one. */
function sendOver({ socket, original, data, options, callback }: SendCall, over: WsCallback | undefined): unknown {
  if (over === undefined) return original.call(socket, data, options, callback);
  return original.call(socket, data, isCallback(options) ? undefined : options, over);
}

/** The same for a socket that several monitorings measure. */
function sendOfSeveral(
  first: SocketMeasure,
  message: MessageContext | undefined,
  then: WsCallback | undefined,
  call: SendCall,
): unknown {
  const measures: SocketMeasure[] = [];
  let over = then;
  if (endsMessage(call.options)) {
    for (let each: SocketMeasure | undefined = first; each !== undefined; each = each.next) {
      if (isMeasured(each, message)) measures.push(each);
    }
  }
  // Where there are any, there is a message.
  for (const each of measures) over = callbackOf(each.beginSend(call.socket, message as MessageContext, true), over);
  const result = sendOver(call, over);
  for (const each of measures) each.countBegin();
  return result;
}

/** Whether a send is an answer to its message for a measure, which otherwise counts that it knows of none. */
function isMeasured({ monitoring }: SocketMeasure, message: MessageContext | undefined): boolean {
  if (message !== undefined && isAnswer(message, monitoring)) return true;
  monitoring.countEvent(WITHOUT_CONTEXT);
  return false;
}

/** A fragment that others follow is no message yet; ws spreads the options, so an own `fin: undefined` counts as false. */
function endsMessage(options: unknown): boolean {
  if (typeof options !== 'object' || options === null || !Object.hasOwn(options, 'fin')) return true;
  return Boolean(Reflect.get(options, 'fin'));
}

function isCallback(value: unknown): value is WsCallback {
  return typeof value === 'function';
}
