import { defaultMonitoring, REQUEST_ID_HEADER, resolveRequestId } from '@influx-monitoring/core';
import type { NextFunction, Request, Response } from 'express';
import { listenToRouterChannel } from './channel.ts';
import type { Exchange } from './exchange.ts';
import { watchWrites } from './first-byte.ts';
import { createIgnoreTest, pathOfUrl, type IgnoreTest } from './ignore.ts';
import { followLayers } from './layers.ts';
import {
  resolveInfluxMonitoringOptions,
  type InfluxMonitoringOptions,
  type ResolvedInfluxMonitoringOptions,
} from './options.ts';
import { RequestRecorder } from './recorder.ts';
import { RequestMonitoringData } from './request-data.ts';
import { exchangeOf, watchResponse } from './response-end.ts';

/** Express's middleware, as plain `node:http` and connect can call it too. */
export type InfluxMonitoringMiddleware = (req: Request, res: Response, next: NextFunction) => void;

/**
 * Records every request as a point of `requests`, and every failed one as a point of `errors` too.
 *
 * Use it once, before everything else. The route is the pattern as the application registered it, the status 499 where
 * the response did not finish.
 *
 * @throws MonitoringError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`, `ERR_OPTION_CONFLICT`; without `monitoring` also what
 * the configuration of the default monitoring throws
 *
 * @example
 * ```ts
 * import express from 'express';
 * import { influxMonitoring } from '@influx-monitoring/express';
 *
 * const app = express();
 * app.use(influxMonitoring({ ignore: '/healthcheck' }));
 * ```
 */
export function influxMonitoring(options: InfluxMonitoringOptions = {}): InfluxMonitoringMiddleware {
  const resolved = resolveInfluxMonitoringOptions(options);
  const recorder = new RequestRecorder(resolved.monitoring ?? defaultMonitoring(), resolved);
  const isIgnored = createIgnoreTest(resolved.ignore);
  listenToRouterChannel();

  return function influxMonitoring(req, res, next) {
    try {
      begin(req, res, recorder, resolved, isIgnored);
    } catch {
      // What was thrown is ours, or a getter's of somebody who replaced parts of the request: the application goes on.
      recorder.countFailedCallback();
    }
    next();
  };
}

function begin(
  req: Request,
  res: Response,
  recorder: RequestRecorder,
  options: ResolvedInfluxMonitoringOptions,
  isIgnored: IgnoreTest | undefined,
): void {
  const { monitoring } = recorder;
  const startedAtMs = performance.now();
  const requestTime = monitoring.now();
  let exchange = exchangeOf(res);
  // A request has one id and one set of data, however many middlewares see it.
  if (exchange === undefined) identify(req, res, recorder, options);
  if (!monitoring.isEnabled || (exchange !== undefined && isMeasured(exchange, monitoring))) return;
  if (isIgnored !== undefined && isIgnoredSafely(req, recorder, isIgnored)) return;
  exchange ??= watchResponse(req, res);
  if ((options.timeToFirstByte || options.bytesWritten) && !exchange.hasWatchedWrites) watchWrites(exchange);
  recorder.inFlight += 1;
  exchange.measurements = {
    inFlight: recorder.inFlight,
    next: exchange.measurements,
    recorder,
    requestTime,
    startedAtMs,
  };
  followLayers(req);
  if (isClosed(res)) exchange.endBeforeRouting();
}

/** The client left while middleware before this one had the request: no event will come any more. */
function isClosed(res: Response): boolean {
  // Express's response has `closed` from Node's stream; that of HTTP/2 has its stream.
  const { closed, stream } = res as { closed?: boolean; stream?: { readonly destroyed: boolean } };
  return closed === true || stream?.destroyed === true;
}

function isMeasured(exchange: Exchange, monitoring: object): boolean {
  for (let each = exchange.measurements; each !== undefined; each = each.next) {
    if (each.recorder.monitoring === monitoring) return true;
  }
  return exchange.hasEnded;
}

function identify(
  req: Request,
  res: Response,
  recorder: RequestRecorder,
  { echoRequestId, getRequestId }: ResolvedInfluxMonitoringOptions,
): void {
  if (hasMonitoringData(req)) return;
  const requestId = userRequestId(req, recorder, getRequestId) ?? resolveRequestId(req.headers);
  req.monitoring = new RequestMonitoringData(requestId);
  if (echoRequestId && !res.headersSent) res.setHeader(REQUEST_ID_HEADER, requestId);
}

/** Declared as always there for handlers; here is where it comes to be. */
function hasMonitoringData(req: { readonly monitoring?: unknown }): boolean {
  return req.monitoring !== undefined;
}

function userRequestId(
  req: Request,
  recorder: RequestRecorder,
  getRequestId: ResolvedInfluxMonitoringOptions['getRequestId'],
): string | undefined {
  if (getRequestId === undefined) return undefined;
  try {
    const requestId = getRequestId(req);
    // Read as a header would be: cut, and rid of what no header may carry.
    return requestId === undefined || requestId === '' ? undefined : resolveRequestId({ 'luna-request-id': requestId });
  } catch {
    recorder.countFailedCallback();
    return undefined;
  }
}

function isIgnoredSafely(req: Request, recorder: RequestRecorder, isIgnored: IgnoreTest): boolean {
  try {
    // A mounted application sees a shortened `url`; Express keeps the whole one.
    return isIgnored(pathOfUrl((req as { originalUrl?: string }).originalUrl ?? req.url), req);
  } catch {
    recorder.countFailedCallback();
    return false;
  }
}
