import type { EventEmitter } from 'node:events';
import { ServerResponse } from 'node:http';
import type { Response } from 'express';
import type { Exchange } from './exchange.ts';
import { processWide } from './process-wide.ts';
import { emitToExchange, type EmitArguments } from './response-end.ts';

type Emit = EventEmitter['emit'];

/** How responses are heard to their end, for all of a process. */
export interface ResponseHook {
  /** The `emit` that Node's responses have. */
  readonly emit: Emit;
  /** Responses that are on their way; each is taken out at its end. */
  readonly exchanges: Map<object, Exchange>;
}

/**
 * Gives Node's responses an `emit` that finds the exchange of each, once a process.
 *
 * An `emit` of each response's own would do the same, and does where a response has another one already; the tests hold
 * the two together. But Express gives each response prototypes of its own, after which the V8 of Node 20 makes a new
 * shape for every property that is added: 2.7 µs and a closure, against 0.3 µs to put the response into a table and 0.07
 * to find it there. The whole middleware takes 29 µs against 45 that way, reading past the caches (read.ts) included, on
 * a machine under load; with a WeakMap for a table, which the garbage collector has to look through, it takes 34.
 */
export function hookResponses(): ResponseHook {
  return processWide('responses', () => {
    const exchanges = new Map<object, Exchange>();
    const emit = createEmit(exchanges);
    Object.defineProperty(ServerResponse.prototype, 'emit', {
      configurable: true,
      enumerable: false,
      value: emit,
      writable: true,
    });
    return { emit, exchanges };
  });
}

/** The event goes on to whoever had it: the next prototype, unless somebody's own was here before. */
function createEmit(exchanges: ReadonlyMap<object, Exchange>): Emit {
  const { prototype } = ServerResponse;
  const own: unknown = Object.getOwnPropertyDescriptor(prototype, 'emit')?.value;
  const parent = Object.getPrototypeOf(prototype) as Response;
  return function emit(this: Response, ...args: EmitArguments): boolean {
    // What was a response's `emit` is one, and gets the response as `this` below.
    // eslint-disable-next-line @typescript-eslint/unbound-method
    const original = typeof own === 'function' ? (own as Emit) : parent.emit;
    const exchange = exchanges.get(this);
    return exchange === undefined ? original.apply(this, args) : emitToExchange(exchange, original, this, args);
  };
}
