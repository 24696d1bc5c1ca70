import type { EventEmitter } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import type { Response } from 'express';
import type { Exchange } from './exchange.ts';
import { processWide } from './process-wide.ts';
import { dataOfMessages, type RequestMonitoringData } from './request-data.ts';
import { afterEvent, beforeEvent, type EmitArguments } from './response-end.ts';

type Emit = EventEmitter['emit'];

/** How responses are heard to their end, for all of a process. */
export interface MessageHook {
  /** The `emit` that Node's responses have. */
  readonly emit: Emit;
  /** Responses that are on their way; each is taken out at its end. */
  readonly exchanges: Map<object, Exchange>;
}

/**
 * Gives Node's responses an `emit` that finds the exchange of each, and Node's requests a `monitoring` that finds the
 * data of each, once a process.
 *
 * Properties of each message's own would do the same, and do where a message has others already; the tests hold the two
 * together. But Express gives each message prototypes of its own, after which the V8 of Node 20 makes a new shape for
 * every property that is added: 20,000 instructions (valgrind, of 560,000 for a whole request), against 1,000 for an entry
 * in a table and finding it there.
 *
 * The table of responses holds its exchanges until they end, since V8 goes through all values of a WeakMap whenever it
 * collects the youngest garbage, and an exchange holds its request. What the other one holds is small and holds nothing.
 */
export function hookMessages(): MessageHook {
  return processWide('messages', () => {
    const exchanges = new Map<object, Exchange>();
    const emit = createEmit(exchanges);
    Object.defineProperty(ServerResponse.prototype, 'emit', {
      configurable: true,
      enumerable: false,
      value: emit,
      writable: true,
    });
    Object.defineProperty(IncomingMessage.prototype, 'monitoring', {
      configurable: true,
      enumerable: false,
      get(this: object) {
        return dataOfMessages.get(this) ?? dataOfWrapped(this);
      },
      // What somebody assigns is the request's own, as it would be without us.
      set(this: object, value: unknown) {
        Object.defineProperty(this, 'monitoring', { configurable: true, enumerable: true, value, writable: true });
      },
    });
    return { emit, exchanges };
  });
}

/** The data of a request that somebody wrapped: in an object that inherits from it, or in a Proxy, which shows its response. */
function dataOfWrapped(wrapper: object): RequestMonitoringData | undefined {
  let each = Object.getPrototypeOf(wrapper) as object | null;
  for (; each !== null; each = Object.getPrototypeOf(each) as object | null) {
    const data = dataOfMessages.get(each);
    if (data !== undefined) return data;
  }
  const { res } = wrapper as { readonly res?: unknown };
  return typeof res === 'object' && res !== null ? dataOfMessages.get(res) : undefined;
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
    if (exchange === undefined) return original.apply(this, args);
    beforeEvent(exchange, args[0]);
    try {
      // The arguments go on as they came, and nowhere else: V8 then makes no array of them.
      return original.apply(this, args);
    } finally {
      afterEvent(exchange, args[0]);
    }
  };
}
