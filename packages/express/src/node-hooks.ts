import type { EventEmitter } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import type { Response } from 'express';
import { processWide } from './process-wide.ts';
import { read } from './read.ts';
import { EXCHANGE, type RequestMonitoringData } from './request-data.ts';
import { emitToExchange, type EmitArguments } from './response-end.ts';

type Emit = EventEmitter['emit'];

/** What a process knows of its requests, by their responses. */
export interface NodeHooks {
  readonly dataByResponse: WeakMap<object, RequestMonitoringData>;
  readonly emit: Emit;
}

/**
 * `req.monitoring`, and how responses are heard to their end, once for all requests of a process.
 *
 * Own properties would do the same. But Express gives each request prototypes of its own, after which V8 (until Node 22)
 * makes a new shape for every property that is added: `emit` 2.7 µs a response, `monitoring` 1.7 µs a request, against
 * 0.3 µs to put the response into the table and 0.07 to find it (Node 20, within requests of Express 5).
 */
export function hookNode(): NodeHooks {
  return processWide('node', () => {
    const dataByResponse = new WeakMap<object, RequestMonitoringData>();
    const emit = createEmit(dataByResponse);
    hidden(ServerResponse.prototype, 'emit', { value: emit, writable: true });
    // Declared in request-data.ts on the same interface.
    hidden(IncomingMessage.prototype, 'monitoring', {
      get(this: { readonly res?: object }) {
        const res = read(this, 'res');
        return res === undefined ? undefined : dataByResponse.get(res);
      },
      set(value: unknown) {
        Object.defineProperty(this, 'monitoring', { configurable: true, enumerable: true, value, writable: true });
      },
    });
    return { dataByResponse, emit };
  });
}

/** The event goes on to whoever had it: the next prototype, unless somebody's own was here before. */
function createEmit(dataByResponse: WeakMap<object, RequestMonitoringData>): Emit {
  const { prototype } = ServerResponse;
  const own: unknown = Object.getOwnPropertyDescriptor(prototype, 'emit')?.value;
  const parent = Object.getPrototypeOf(prototype) as Response;
  return function emit(this: Response, ...args: EmitArguments): boolean {
    // What was a response's `emit` is one, and gets the response as `this` below.
    // eslint-disable-next-line @typescript-eslint/unbound-method
    const original = typeof own === 'function' ? (own as Emit) : parent.emit;
    const exchange = dataByResponse.get(this)?.[EXCHANGE];
    return exchange === undefined ? original.apply(this, args) : emitToExchange(exchange, original, this, args);
  };
}

function hidden(owner: object, name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(owner, name, { ...descriptor, configurable: true, enumerable: false });
}
