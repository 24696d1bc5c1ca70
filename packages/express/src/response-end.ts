import { performance } from 'node:perf_hooks';
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Response } from 'express';
import type { Exchange } from './exchange.ts';
import { read } from './read.ts';
import type { MessageHook } from './message-hook.ts';

type Emit = EventEmitter['emit'];

/** What `emit` is called with. */
export type EmitArguments = [event: string, ...rest: unknown[]];

/**
 * Watches a response to its end, wherever that comes from: it finished, the client left, a handler or a timeout
 * destroyed it.
 *
 * Listeners would be seen by the application (`listenerCount`, the warning at eleven), so `emit` is replaced: not
 * enumerable, and with the same result.
 *
 * @param emit - what the response has for that
 * @param hook - where Node's responses tell their events; one that has an `emit` of its own gets another
 */
export function watchResponse(exchange: Exchange, emit: Emit, hook: MessageHook): void {
  const { isHttp2, req, res } = exchange;
  if (emit === hook.emit) exchange.follow(hook.exchanges);
  else Object.defineProperty(res, 'emit', ownMethod(createEmit(exchange, emit)));
  if (isHttp2) Object.defineProperty(res, 'end', ownMethod(createHttp2End(exchange)));
  // Behind another response on the same connection it has no socket yet, and may never get one.
  else if (read(res, 'socket') === null) watchSocket(req.socket, exchange);
}

/** A response is about to tell of an event. */
export function beforeEvent(exchange: Exchange, event: string): void {
  if (event === 'prefinish') exchange.settle();
  else if (event === 'finish') onFinish(exchange);
  else if (event === 'socket') exchange.socketBytesBefore = exchange.req.socket.bytesWritten;
  else if (event === 'close') exchange.endedAtMs ||= performance.now();
}

/** All listeners have heard of an event: what they put on `req.monitoring` is on the points. */
export function afterEvent(exchange: Exchange, event: string): void {
  if (event === 'finish' || event === 'close') exchange.end();
}

function ownMethod(value: unknown): PropertyDescriptor {
  return { configurable: true, enumerable: false, value, writable: true };
}

function createEmit(exchange: Exchange, original: Emit): Emit {
  return function emit(this: Response, ...args: EmitArguments): boolean {
    beforeEvent(exchange, args[0]);
    try {
      return original.apply(this, args);
    } finally {
      afterEvent(exchange, args[0]);
    }
  };
}

function onFinish(exchange: Exchange): void {
  exchange.endedAtMs = performance.now();
  exchange.countSocketBytes();
  exchange.isFinished = !exchange.isHttp2 || isHttp2StreamDone(exchange.res);
}

/** The compatibility API of HTTP/2 emits `finish` however its stream ended. */
function isHttp2StreamDone(res: Response): boolean {
  // The response of a request with httpVersionMajor 2 is an Http2ServerResponse.
  const { stream, writableEnded } = res as unknown as {
    readonly stream: { readonly aborted: boolean; readonly rstCode: number | undefined } | undefined;
    readonly writableEnded: boolean;
  };
  return writableEnded && stream !== undefined && !stream.aborted && (stream.rstCode ?? 0) === 0;
}

/** HTTP/2's compatibility API has no event for a complete response, so its `end` is watched. */
function createHttp2End(exchange: Exchange) {
  // Called with the response as `this`.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const original = exchange.res.end as (this: Response, ...args: unknown[]) => unknown;
  return function end(this: Response, ...args: unknown[]): unknown {
    exchange.settle();
    return original.apply(this, args);
  };
}

/** Responses that wait for their turn on a connection; where it breaks, nothing tells them. */
const waitingOnSocket = new WeakMap<Socket, Set<Exchange>>();

function watchSocket(socket: Socket, exchange: Exchange): void {
  let waiting = waitingOnSocket.get(socket);
  if (waiting === undefined) {
    waiting = new Set();
    waitingOnSocket.set(socket, waiting);
    watchSocketClose(socket, waiting);
  }
  for (const other of waiting) if (other.hasEnded) waiting.delete(other);
  waiting.add(exchange);
}

function watchSocketClose(socket: Socket, waiting: Set<Exchange>): void {
  // Called with the socket as `this` below; a socket's own signature lists each of its events.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const emit: Emit = socket.emit;
  const emitSocket = function (this: Socket, ...args: EmitArguments): boolean {
    try {
      return emit.apply(this, args);
    } finally {
      if (args[0] === 'close') for (const exchange of waiting) exchange.end();
    }
  };
  Object.defineProperty(socket, 'emit', ownMethod(emitSocket));
}
