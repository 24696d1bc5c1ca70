import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** LUNA's header of the request id, read from the request and echoed in the response. */
export const REQUEST_ID_HEADER = 'Luna-Request-Id';

/** How many characters of a request id from outside are kept. */
export const MAX_REQUEST_ID_LENGTH = 256;

/** W3C trace context: version, trace id, parent id, flags. */
const TRACE_ID_START = 3;
const TRACE_ID_END = 35;
const TRACEPARENT_LENGTH = 55;
const ZERO_TRACE_ID = '0'.repeat(TRACE_ID_END - TRACE_ID_START);
const TRACE_ID = /^[0-9a-f]{32}$/;

/** What a response header may carry back: visible ASCII and spaces. */
const NOT_ECHOED = /[^\x20-\x7e]/g;

/**
 * The id of a request: `Luna-Request-Id`, else `X-Request-Id`, else the trace id of a W3C `traceparent`, else a new one
 * in LUNA's form, `seconds,uuid`.
 *
 * Text from outside is cut to 256 characters and rid of what no header may carry, so it can be echoed as it is.
 *
 * @param headers - the request's headers, keys in lower case as Node gives them
 */
export function resolveRequestId(headers: IncomingHttpHeaders): string {
  return (
    cleanId(headers['luna-request-id']) ??
    cleanId(headers['x-request-id']) ??
    traceId(headers['traceparent']) ??
    createRequestId()
  );
}

/** Makes a request id in LUNA's form: `1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a`. */
export function createRequestId(): string {
  return `${String(Math.floor(Date.now() / 1000))},${randomUUID()}`;
}

function cleanId(header: string | string[] | undefined): string | undefined {
  const text = typeof header === 'string' ? header : header?.[0];
  if (text === undefined) return undefined;
  const clean = text.slice(0, MAX_REQUEST_ID_LENGTH).replace(NOT_ECHOED, '').trim();
  return clean === '' ? undefined : clean;
}

function traceId(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string' || header.length < TRACEPARENT_LENGTH) return undefined;
  const id = header.slice(TRACE_ID_START, TRACE_ID_END);
  return TRACE_ID.test(id) && id !== ZERO_TRACE_ID ? id : undefined;
}
