import type { Socket } from 'node:net';
import { processWide, replaceMethod, type MessageState, type Method, read } from '@influx-monitoring/core/internal';
import { writeHead } from './echo-id.ts';
import type { Exchange } from './exchange.ts';

type FindState = (res: object) => MessageState | undefined;

/**
 * What stands in the place of a response's `emit`. Listeners would be seen by the application (`listenerCount`, the
 * warning at eleven), so that is replaced: not enumerable, and with the same result.
 *
 * @param find - the state of a response; without an exchange in it nobody follows the response
 * @param onFinishUnseen - told of a response that finishes and that nobody follows
 */
export function watchingEmit(find: FindState, onFinishUnseen: (res: object) => void): (original: Method) => Method {
  return (original) =>
    function emit(this: unknown, ...args) {
      // Called on a response, by Node and by whoever tells of events as Node does; those that are waited for are texts.
      const res = this as object;
      const event = args[0] as string;
      const exchange = exchangeOf(find(res));
      if (exchange === undefined) {
        if (event === 'finish') onFinishUnseen(res);
        return original.apply(this, args);
      }
      exchange.beforeEvent(event);
      try {
        return original.apply(this, args);
      } finally {
        exchange.afterEvent(event);
      }
    };
}

/** What stands in the place of a response's `writeHead`. */
export function watchingWriteHead(find: FindState): (original: Method) => Method {
  return (original) =>
    function watched(this: unknown, ...args) {
      // As above.
      const state = find(this as object);
      if (state === undefined) return original.apply(this, args);
      const result = writeHead(state, this as object, original, args);
      exchangeOf(state)?.noteStatus();
      return result;
    };
}

/** The exchange of a state: only a copy of this package puts one there, or a text when it has ended. */
export function exchangeOf(state: MessageState | undefined): Exchange | undefined {
  const exchange = state?.exchange;
  return typeof exchange === 'object' ? (exchange as Exchange) : undefined;
}

/**
 * Watches a response to its end, wherever that comes from: it finished, the client left, a handler or a timeout
 * destroyed it.
 *
 * @param isHeard - whether its prototype hears it already
 */
export function watchResponse(exchange: Exchange, isHeard: boolean): void {
  const { isHttp2, req, res, state } = exchange;
  // A method of the response's own: nothing else holds one that never ends, so it goes when nobody else has it.
  if (!isHeard)
    replaceMethod(
      res,
      'emit',
      watchingEmit(() => exchange.state, ignore),
    );
  if (isHttp2) replaceMethod(res, 'end', (original) => settlingEnd(exchange, original));
  // Behind another response on the same connection it has no socket yet, and may never get one. One that no server made
  // has no connection of its own: where that of its request breaks, it is not told.
  else if (state.isServed && read.socket(res) === null) watchSocket(req.socket, exchange);
}

/** HTTP/2's compatibility API has no event for a complete response, so its `end` is watched. */
function settlingEnd(exchange: Exchange, original: Method): Method {
  return function end(this: unknown, ...args) {
    exchange.settle();
    return original.apply(this, args);
  };
}

/** Responses that wait for their turn on a connection; where it breaks, nothing tells them. */
const waitingOnSocket = processWide('express.waiting', 2, () => new WeakMap<Socket, Set<Exchange>>());

function watchSocket(socket: Socket, exchange: Exchange): void {
  let waiting = waitingOnSocket.get(socket);
  if (waiting === undefined) {
    waiting = new Set();
    waitingOnSocket.set(socket, waiting);
    watchSocketClose(socket, waiting);
  }
  waiting.add(exchange);
  exchange.waiting = waiting;
}

function watchSocketClose(socket: Socket, waiting: Set<Exchange>): void {
  replaceMethod(
    socket,
    'emit',
    (original) =>
      function emit(this: unknown, ...args) {
        try {
          return original.apply(this, args);
        } finally {
          if (args[0] === 'close') for (const exchange of [...waiting]) exchange.end();
        }
      },
  );
}

function ignore(): void {
  // Somebody follows it.
}
