import type { IncomingHttpHeaders } from 'node:http';
import { processWide } from '../../process/process-wide.ts';
import { read, readerOf } from './read-property.ts';
import { RequestData } from './request-data.ts';
import { resolveRequestId } from './request-id.ts';

/** What wrappers know of a request and its response: one state for both. */
export class MessageState {
  data: RequestData | undefined;
  /** The request id, where it is to be sent back with the head. */
  echoedId: string | undefined;
  /** What a wrapper follows the request by until it ends; the wrapper's own affair. */
  exchange: unknown;
  /** Where the request is in an application's routers; the wrapper's own affair. */
  position: unknown;
  /** False for that of a request alone, as of a handshake: the first response that comes with it gets it too. */
  hasResponse: boolean;
  /** Whether a server of Node's made its messages, with a connection of their own. */
  readonly isServed: boolean;

  constructor(hasResponse: boolean, isServed: boolean) {
    this.data = undefined;
    this.echoedId = undefined;
    this.exchange = undefined;
    this.position = undefined;
    this.hasResponse = hasResponse;
    this.isServed = isServed;
  }
}

/** Where a message of Node's own server has its state, found by every copy of the packages. */
const STATE: unique symbol = Symbol.for('influx-monitoring.message-state.2');

/** A message of Node's own server. */
interface Stateful {
  [STATE]?: MessageState;
}

const readState = readerOf(STATE, (message) => message[STATE]);

/** The states of other messages: handshakes, HTTP/2, those made by hand. */
const states = processWide('core.message-states', 2, () => new WeakMap<object, MessageState>());

/**
 * Gives a request and its response their state while they are as Node made them.
 *
 * Later it would be dear: Express gives each message prototypes of its own, after which the V8 of Node 20 and 22 makes a
 * shape for each property that is added, 13,000 instructions each.
 */
export function attachMessageState(request: object, response: object): void {
  const state = new MessageState(true, true);
  try {
    // Plain stores: all messages have one shape here, and V8 remembers the next one. `Reflect.set` looks it up each time.
    (request as Stateful)[STATE] = state;
    (response as Stateful)[STATE] = state;
  } catch {
    // Objects that let nothing be added: the table has them.
    states.set(request, state).set(response, state);
  }
}

/**
 * The state of a request and its response: by the response, or by the request where that has no other response. So a
 * request that somebody wrapped on its way has the state of its response, and one that goes through the application a
 * second time, with a response of its own, has one of its own.
 */
export function findMessageState(request: object, response?: object): MessageState | undefined {
  const byResponse = response === undefined ? undefined : stateOn(response);
  if (byResponse !== undefined) return byResponse;
  const state = stateOn(request);
  return response === undefined || state?.hasResponse !== true ? state : undefined;
}

/** The state of a request and its response; whoever asks first makes it. */
export function messageStateFor(request: object, response?: object): MessageState {
  const known = findMessageState(request, response);
  const state = known ?? new MessageState(response !== undefined, false);
  if (known === undefined) {
    state.data = stateOn(request)?.data;
    states.set(request, state);
  }
  if (response !== undefined && (known === undefined || !known.hasResponse)) {
    state.hasResponse = true;
    states.set(response, state);
  }
  return state;
}

/** The data of a request, found by the request itself or by its response; `undefined` where no wrapper has seen it. */
export function findRequestData(request: object, response?: object): RequestData | undefined {
  return findMessageState(request, response)?.data;
}

/**
 * The data of a request; whoever asks first makes it.
 *
 * @param requestId - of a request that has no data yet, in place of what its headers say
 */
export function requestDataFor(
  request: { readonly headers: IncomingHttpHeaders },
  response?: object,
  requestId?: string,
): RequestData {
  return dataIn(messageStateFor(request, response), request, requestId);
}

/** As `requestDataFor`, for who has the state already. */
export function dataIn(
  state: MessageState,
  request: { readonly headers: IncomingHttpHeaders },
  requestId?: string,
): RequestData {
  return (state.data ??= new RequestData(requestId ?? resolveRequestId(read.headers(request))));
}

function stateOn(message: object): MessageState | undefined {
  try {
    // The key is ours, so what stands under it is what `attachMessageState` put there; a Proxy may make something up.
    const state = readState(message as Stateful);
    if (typeof state === 'object') return state;
  } catch {
    // A Proxy whose trap throws for a key that it does not know.
  }
  return states.get(message);
}
