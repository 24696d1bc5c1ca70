import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { IncomingMessage, ServerResponse } from 'node:http';
import {
  attachMessageState,
  findMessageState,
  findRequestData,
  forgetHookState,
  hookState,
  read,
  replaceMethod,
  type MessageState,
  type Patch,
} from '@influx-monitoring/core/internal';
import { noteCut } from './completeness.ts';
import { watchingEmit, watchingWriteHead } from './watch-response.ts';

const VERSION = 2;
const REQUESTS = 'express.requests';
const RESPONSES = 'express.responses';
const STARTS = 'express.starts';

/** What stands on `IncomingMessage.prototype`. */
interface RequestsHook {
  /** That of the copy which came last: with Jest each test file has another copy, and data of its own. */
  findData: typeof findRequestData;
}

/** What stands on `ServerResponse.prototype`. */
interface ResponsesHook {
  /** As above. */
  findState: typeof findMessageState;
  readonly patches: readonly (Patch | undefined)[];
}

interface StartsHook {
  readonly onStart: (message: unknown) => void;
}

/** Where Node tells of each request of each server, before anybody has it. */
const STARTS_CHANNEL = 'http.server.request.start';

/**
 * Lets Node's requests show their data as `monitoring`, and hears its responses to their end, once a process.
 *
 * Properties of each message's own would do the same, and do where a message was made by hand or has another `emit`
 * already; the tests hold the two together. But Express gives each message prototypes of its own, after which the V8 of
 * Node 20 makes a new shape for every property that is added: 20,000 instructions (valgrind, of 560,000 for a whole
 * request). So each message of a server gets its state before, and the prototypes find it.
 */
export function hookMessages(): void {
  hookState(IncomingMessage.prototype, REQUESTS, VERSION, hookRequests).findData = findRequestData;
  hookState(ServerResponse.prototype, RESPONSES, VERSION, hookResponses).findState = findMessageState;
  hookState(channel(STARTS_CHANNEL), STARTS, VERSION, hookStarts);
}

/** Takes all of it off again. */
export function unhookMessages(): void {
  const requests = IncomingMessage.prototype;
  if (Object.getOwnPropertyDescriptor(requests, 'monitoring')?.get?.name === GETTER_NAME) {
    Reflect.deleteProperty(requests, 'monitoring');
  }
  forgetHookState(requests, REQUESTS, VERSION);
  const responses = ServerResponse.prototype;
  const { patches } = hookState<ResponsesHook>(responses, RESPONSES, VERSION, () => ({
    findState: findMessageState,
    patches: [],
  }));
  // Where somebody patched over one of them, what is below stays in use, and is found again.
  if (patches.every((patch) => patch?.undo() !== false)) forgetHookState(responses, RESPONSES, VERSION);
  const starts = channel(STARTS_CHANNEL);
  unsubscribe(STARTS_CHANNEL, hookState<StartsHook>(starts, STARTS, VERSION, () => ({ onStart })).onStart);
  forgetHookState(starts, STARTS, VERSION);
}

/** Whether a response is heard by its prototype. */
export function isHeardByPrototype(res: object): boolean {
  const response: { readonly emit?: unknown } = res;
  return read.emit(response) === ServerResponse.prototype.emit;
}

/** Whether a response writes its head by the method of Node's responses over HTTP/1. */
export function isNodesResponse(res: object): boolean {
  return Object.prototype.isPrototypeOf.call(ServerResponse.prototype, res);
}

const GETTER_NAME = 'get influxMonitoringData';

function hookRequests(): RequestsHook {
  const hook: RequestsHook = { findData: findRequestData };
  const get = function (this: object): unknown {
    return hook.findData(this) ?? dataOfWrapped(this, hook);
  };
  Object.defineProperty(get, 'name', { value: GETTER_NAME });
  Object.defineProperty(IncomingMessage.prototype, 'monitoring', {
    configurable: true,
    enumerable: false,
    get,
    // What somebody assigns is the request's own, as it would be without us.
    set(this: object, value: unknown) {
      Object.defineProperty(this, 'monitoring', { configurable: true, enumerable: true, value, writable: true });
    },
  });
  return hook;
}

/** The data of a request that somebody wrapped: in an object that inherits from it, or in a Proxy, which shows its response. */
function dataOfWrapped(wrapper: object, hook: RequestsHook): unknown {
  let each = Object.getPrototypeOf(wrapper) as object | null;
  for (; each !== null; each = Object.getPrototypeOf(each) as object | null) {
    const data = hook.findData(each);
    if (data !== undefined) return data;
  }
  const { res } = wrapper as { readonly res?: unknown };
  return typeof res === 'object' && res !== null ? hook.findData(res) : undefined;
}

function hookResponses(): ResponsesHook {
  const { prototype } = ServerResponse;
  const find = (res: object): MessageState | undefined => hook.findState(res);
  const hook: ResponsesHook = {
    findState: findMessageState,
    patches: [
      replaceMethod(prototype, 'emit', watchingEmit(find, noteCut)),
      replaceMethod(prototype, 'writeHead', watchingWriteHead(find)),
    ],
  };
  return hook;
}

function hookStarts(): StartsHook {
  subscribe(STARTS_CHANNEL, onStart);
  return { onStart };
}

/** Node's documented message. */
function onStart(message: unknown): void {
  const { request, response } = message as { readonly request: object; readonly response: object };
  attachMessageState(request, response);
}
