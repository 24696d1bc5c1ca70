import type { IncomingMessage } from 'node:http';
import { requestDataFor, type RequestData } from '@influx-monitoring/core/internal';

/**
 * The data of a request's points, where there is no Express to type `req.monitoring`: on connect and plain `node:http`.
 * It is the same object.
 *
 * @param req - a request that the middleware has seen; over HTTP/2 too
 * @returns the same object each time; with monitoring switched off it is there as ever, and goes nowhere
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { influxMonitoring, requestData } from '@influx-monitoring/express';
 *
 * const monitor = influxMonitoring();
 * createServer((req, res) => {
 *   monitor(req, res, () => {
 *     const data = requestData(req);
 *     data.tags['plan'] = 'free';
 *     res.statusCode = 403;
 *     data.errorCode = 29001;
 *     res.end();
 *   });
 * }).listen(3000);
 * ```
 */
export function requestData(req: Pick<IncomingMessage, 'headers'>): RequestData {
  return requestDataFor(req);
}
