import type { MessageContext } from '@influx-monitoring/core';
import { carriedMessage } from '@influx-monitoring/core/internal';
import { WITHOUT_CONTEXT } from '../counters.ts';
import { checkSocketOptions, type WrapSocketOptions } from '../options.ts';
import { callbackOf, SocketMeasure, type SendCallback, type WsCallback } from './measure.ts';
import { firstMeasureOf } from './measures.ts';
import { isAnswer, sendSettingsOf } from './settings.ts';

/** Options are checked once, not at each send: `recordSend` finds their measure here. */
const measures = new WeakMap<object, SocketMeasure>();

const NO_OPTIONS: WrapSocketOptions = {};

/**
 * Measures a send that does not go through a wrapped socket's `send`, as those of socket.io do not: from the message's
 * arrival until what it returns is called.
 *
 * @param socket - what is sent on; a wrapped socket brings its own options
 * @param message - the Redis message that caused the send; without one nothing is recorded, and the send is counted in
 * `stats().counters.ws_send_without_context`
 * @param options - as of `wrapSocket`, for a socket that is not wrapped; keep one object for all sends. Gauges are for
 * wrapped sockets only
 * @returns what to call, with the error if there is one, when the send is over; only the first call counts, and it
 * never throws
 * @throws MonitoringError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE` for options that are seen for the first time
 *
 * @example
 * ```ts
 * import { currentMessage } from '@influx-monitoring/core';
 * import { recordSend } from '@influx-monitoring/ws';
 *
 * const options = { accountId: 'account-1' };
 * export function deliver(transport: { write(text: string, done: () => void): void }, text: string): void {
 *   transport.write(text, recordSend(transport, currentMessage(), options));
 * }
 * ```
 */
export function recordSend<Socket extends object>(
  socket: Socket,
  message: MessageContext | undefined = carriedMessage(),
  options?: WrapSocketOptions<Socket>,
): SendCallback {
  let sendIsOver: WsCallback | undefined;
  for (let each = firstMeasureOf(socket) ?? measureByOptions(options); each !== undefined; each = each.next) {
    if (!each.monitoring.isEnabled) continue;
    if (message === undefined || !isAnswer(message, each.monitoring)) each.monitoring.countEvent(WITHOUT_CONTEXT);
    else {
      sendIsOver = callbackOf(each.beginSend(socket, message, true), sendIsOver);
      each.countBegin();
    }
  }
  return (error) => {
    const end = sendIsOver;
    sendIsOver = undefined;
    end?.call(undefined, error);
  };
}

function measureByOptions<Socket extends object>(
  options: WrapSocketOptions<Socket> | undefined,
): SocketMeasure | undefined {
  // The functions among the options are only ever called with the socket they came with.
  const key = (options ?? NO_OPTIONS) as WrapSocketOptions;
  let measure = measures.get(key);
  if (measure === undefined) {
    checkSocketOptions('recordSend()', key);
    // A gauge belongs to one socket, and these options may serve many.
    measure = new SocketMeasure(key, sendSettingsOf({ ...key, gauges: false }), key.accountId);
    measures.set(key, measure);
  }
  return measure;
}
