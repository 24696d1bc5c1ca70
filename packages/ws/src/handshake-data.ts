import type { IncomingMessage } from 'node:http';
import { DataForMonitoring, resolveRequestId } from '@influx-monitoring/core';

/** What the application knows of a handshake: tags and fields for its points, its id, the code of its refusal. */
export class HandshakeData extends DataForMonitoring {
  /** LUNA's code of the error the handshake is refused with, as in 29001 for a missing account header. */
  errorCode: number | string | undefined;
  /** From `Luna-Request-Id`, `X-Request-Id` or the trace id of `traceparent`, else made for this handshake. */
  readonly requestId: string;

  constructor(requestId: string) {
    super();
    this.requestId = requestId;
  }
}

/** Found again by a second copy of this package. */
const DATA = Symbol.for('influx-monitoring.ws.handshake-data');

/**
 * The data of a handshake's points. What is put into it before the answer is written is on them.
 *
 * An instrumented server gives it to the handlers of `upgrade` as `request.monitoring` too.
 *
 * @param request - the request of an `upgrade` event, or of ws's `verifyClient`
 * @returns the same object each time
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { handshakeData, instrumentUpgrades } from '@influx-monitoring/ws';
 *
 * const server = instrumentUpgrades(createServer());
 * server.on('upgrade', (request, socket) => {
 *   handshakeData(request).errorCode = 29001;
 *   socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
 * });
 * ```
 */
export function handshakeData(request: IncomingMessage): HandshakeData {
  const earlier: unknown = Reflect.get(request, DATA);
  // The key is this package's own, so what is under it is what this package put there.
  if (earlier !== undefined) return earlier as HandshakeData;
  const value = new HandshakeData(resolveRequestId(request.headers));
  Object.defineProperty(request, DATA, { configurable: true, enumerable: false, value });
  return value;
}
