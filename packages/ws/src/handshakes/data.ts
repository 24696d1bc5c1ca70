import type { IncomingMessage } from 'node:http';
import { RequestData, requestDataFor } from '@influx-monitoring/core/internal';

/** What the application knows of a handshake: tags and fields for its points, its id, the code of its refusal. */
export { RequestData as HandshakeData };

/**
 * The data of a handshake's points. What is put into it before the answer is written, or in the same turn of the event
 * loop, is on them.
 *
 * An instrumented server gives it to the handlers of `upgrade` as `request.monitoring` too. Where the handshake goes
 * through an Express application, `req.monitoring` there is the same object. With monitoring disabled it is there as
 * ever, and goes nowhere.
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
export function handshakeData(request: IncomingMessage): RequestData {
  return requestDataFor(request);
}

/** Shows a handshake's data to its handlers as `request.monitoring`, unless something else is there. */
export function showHandshakeData(request: IncomingMessage): void {
  const data = handshakeData(request);
  // Where Express shows the data of requests, it shows this one already.
  if (Reflect.get(request, 'monitoring') === undefined) Reflect.set(request, 'monitoring', data);
}
