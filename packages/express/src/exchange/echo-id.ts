import { read, REQUEST_ID_HEADER, type MessageState, type Method } from '@influx-monitoring/core/internal';

/** A response, as far as its head is written. */
interface Head {
  readonly headersSent: boolean;
  getHeaderNames(): readonly string[];
  hasHeader(name: string): boolean;
  setHeader(name: string, value: string): unknown;
}

const NAME = REQUEST_ID_HEADER.toLowerCase();

/**
 * Sends the request id back with the head of a response of HTTP/1.
 *
 * It is added when the head is written and not before, so that the application finds the headers that it set and no
 * other: Node's `writeHead` treats an array of headers in another way once `setHeader` was called (of two cookies the
 * last wins, an array of pairs is refused).
 */
export function echoWithHead(state: MessageState, requestId: string): void {
  state.echoedId = requestId;
}

/** Sends the request id back where the head cannot be waited for: over HTTP/2, whose arrays of headers are the same. */
export function echoNow(res: object, requestId: string): void {
  try {
    (res as Head).setHeader(REQUEST_ID_HEADER, requestId);
  } catch {
    // The head was sent before this middleware: it cannot carry the id any more.
  }
}

/** Writes the head of a response of HTTP/1, with the id that is to be sent back. */
export function writeHead(state: MessageState, res: object, original: Method, args: unknown[]): unknown {
  // What has a `writeHead` that is called in the course of an answer is a response.
  const head = res as Head;
  const { echoedId } = state;
  const sent = echoedId === undefined || read.headersSent(head) ? args : withId(head, args, echoedId);
  const result = Reflect.apply(original, res, sent);
  state.echoedId = undefined;
  return result;
}

/** What `writeHead` is called with, and the id: among the headers that it gets where the application has set none. */
function withId(head: Head, args: unknown[], id: string): unknown[] {
  try {
    // Node looks headers up by their names in lower case, and has nothing to change then.
    if (Reflect.apply(read.hasHeader(head), head, [NAME])) return args;
    const [statusCode, reason, last] = args;
    const headers = typeof reason === 'string' ? last : (last ?? reason);
    // Without headers of its own it writes what was set, and so nearly always.
    if (!isObject(headers) || head.getHeaderNames().length > 0) {
      Reflect.apply(read.setHeader(head), head, [REQUEST_ID_HEADER, id]);
      return args;
    }
    return typeof reason === 'string'
      ? [statusCode, reason, withIdIn(headers, id)]
      : [statusCode, withIdIn(headers, id)];
  } catch {
    // What the application gave is refused by Node itself.
    return args;
  }
}

/** Headers as an object, as an array of names and values in turn, or as one of pairs. */
function withIdIn(headers: object, id: string): object {
  if (!Array.isArray(headers)) {
    // A copy has all that Node reads of it: its own keys.
    return Object.keys(headers).some(isName) ? headers : { ...headers, [REQUEST_ID_HEADER]: id };
  }
  const all = headers as readonly unknown[];
  if (Array.isArray(all[0])) {
    const hasName = all.some((pair) => Array.isArray(pair) && isName(pair[0]));
    return hasName ? all : [...all, [REQUEST_ID_HEADER, id]];
  }
  return all.some((each, index) => index % 2 === 0 && isName(each)) ? all : [...all, REQUEST_ID_HEADER, id];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isName(name: unknown): boolean {
  return typeof name === 'string' && name.toLowerCase() === NAME;
}
