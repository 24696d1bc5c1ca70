import type { IncomingHttpHeaders } from 'node:http';
import { processWide } from '../process/process-wide.ts';
import { DataForMonitoring } from './data-for-monitoring.ts';
import { resolveRequestId } from './request-id.ts';

/** The place of a request's exchange in its data: what a wrapper follows the request by, until it ends. */
export const EXCHANGE: unique symbol = Symbol.for('influx-monitoring.exchange.2');

/**
 * What a handler adds to the points of its own request or handshake, and the request's id: `req.monitoring`.
 *
 * Names that the points have anyway are passed over.
 */
export class RequestData extends DataForMonitoring {
  /** LUNA's code of the error that the request fails with, as in 29001 for a missing account header. */
  errorCode: number | string | undefined;
  /** From `Luna-Request-Id`, `X-Request-Id` or the trace id of `traceparent`, else made for this request. */
  readonly requestId: string;
  /** @internal */
  [EXCHANGE]: unknown;

  constructor(requestId: string) {
    super();
    this.errorCode = undefined;
    this.requestId = requestId;
    this[EXCHANGE] = undefined;
  }
}

/**
 * The data of all requests and handshakes that any wrapper has seen, by request and by response: one owner for express
 * and ws, so that a handshake which goes through the application has one object and one id.
 */
const dataOfMessages = processWide('core.request-data', 1, () => new WeakMap<object, RequestData>());

/** The data of a request, found by the request itself or by its response; `undefined` where no wrapper has seen it. */
export function findRequestData(request: object, response?: object): RequestData | undefined {
  return dataOfMessages.get(request) ?? (response === undefined ? undefined : dataOfMessages.get(response));
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
  const known = findRequestData(request, response);
  const data = known ?? new RequestData(requestId ?? resolveRequestId(request.headers));
  if (known === undefined) dataOfMessages.set(request, data);
  if (response !== undefined) dataOfMessages.set(response, data);
  return data;
}
