// Not the global one, here and in all of this package: that is behind a getter, 82 ns a look at the clock against 55.
import { performance } from 'node:perf_hooks';
import { defaultMonitoring, REQUEST_ID_HEADER, resolveRequestId } from '@influx-monitoring/core';
import type { NextFunction, Request, Response } from 'express';
import { listenToRouterChannel } from './channel.ts';
import { Exchange } from './exchange.ts';
import { watchWrites } from './first-byte.ts';
import { createIgnoreTest, pathOfUrl, type IgnoreTest } from './ignore.ts';
import { followLayers } from './layers.ts';
import {
  resolveInfluxMonitoringOptions,
  type InfluxMonitoringOptions,
  type ResolvedInfluxMonitoringOptions,
} from './options.ts';
import { read } from './read.ts';
import { RequestRecorder } from './recorder.ts';
import { POSITION } from './position.ts';
import { dataOf, dataOfMessages, ENDED, EXCHANGE, RequestMonitoringData } from './request-data.ts';
import { watchResponse } from './response-end.ts';
import { hookMessages, type MessageHook } from './message-hook.ts';

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
  const parts = { hook: hookMessages(), isIgnored, options: resolved, recorder };

  return function influxMonitoring(req, res, next) {
    try {
      begin(req, res, parts);
    } catch {
      // What was thrown is ours, or a getter's of somebody who replaced parts of the request: the application goes on.
      recorder.countFailedCallback();
    }
    next();
  };
}

/** What one middleware works with. */
interface Parts {
  readonly hook: MessageHook;
  readonly isIgnored: IgnoreTest | undefined;
  readonly options: ResolvedInfluxMonitoringOptions;
  readonly recorder: RequestRecorder;
}

function begin(req: Request, res: Response, parts: Parts): void {
  const { hook, isIgnored, options, recorder } = parts;
  const { monitoring } = recorder;
  const startedAtMs = performance.now();
  const requestTime = monitoring.now();
  // A request has one id and one set of data, however many middlewares see it.
  const data = dataOf(req, res) ?? identify(req, res, parts);
  const known = data[EXCHANGE];
  if (!monitoring.isEnabled || known === ENDED || (known !== undefined && isMeasured(known, monitoring))) return;
  if (isHandshake(req) || (isIgnored !== undefined && isIgnoredSafely(req, recorder, isIgnored))) return;
  const exchange = known ?? startExchange(req, res, data, hook);
  if ((options.timeToFirstByte || options.bytesWritten) && !exchange.hasWatchedWrites) watchWrites(exchange);
  recorder.inFlight += 1;
  exchange.measurements = {
    inFlight: recorder.inFlight,
    next: exchange.measurements,
    recorder,
    requestTime,
    startedAtMs,
  };
  if (isClosed(exchange)) exchange.endBeforeRouting();
}

/**
 * A WebSocket handshake that a package such as express-ws sends through the application with a response that nobody
 * will send: its end would be that of the connection. `instrumentUpgrades` of @influx-monitoring/ws records it.
 */
function isHandshake(req: Request): boolean {
  // Node sets it where it tells of an upgrade, and its types do not have it.
  return read(req as { readonly upgrade?: unknown }, 'upgrade') === true;
}

function startExchange(req: Request, res: Response, data: RequestMonitoringData, hook: MessageHook): Exchange {
  const position = followLayers(req, res);
  const emit = read(res, 'emit');
  // A response of HTTP/2 has another.
  const isHttp2 = emit !== hook.emit && read(req, 'httpVersionMajor') >= 2;
  const exchange = new Exchange({ data, isHttp2, position, req, res });
  data[POSITION] = position;
  data[EXCHANGE] = exchange;
  watchResponse(exchange, emit, hook);
  return exchange;
}

/** The client left while middleware before this one had the request: no event will come any more. */
function isClosed({ isHttp2, res }: Exchange): boolean {
  // The compatibility API of HTTP/2 keeps this on its stream.
  if (isHttp2) return (res as { stream?: { readonly destroyed: boolean } }).stream?.destroyed === true;
  return read(res, 'destroyed');
}

function isMeasured(exchange: Exchange, monitoring: object): boolean {
  for (let each = exchange.measurements; each !== undefined; each = each.next) {
    if (each.recorder.monitoring === monitoring) return true;
  }
  return false;
}

function identify(req: Request, res: Response, { options, recorder }: Parts): RequestMonitoringData {
  const { echoRequestId, getRequestId } = options;
  const requestId = userRequestId(req, recorder, getRequestId) ?? resolveRequestId(read(req, 'headers'));
  const data = new RequestMonitoringData(requestId);
  dataOfMessages.set(req, data).set(res, data);
  // A request of another kind than Node's, or one that has something of this name already.
  if (read(req, 'monitoring') !== data) req.monitoring = data;
  if (echoRequestId) echo(res, requestId);
  return data;
}

function echo(res: Response, requestId: string): void {
  try {
    read(res, 'setHeader').call(res, REQUEST_ID_HEADER, requestId);
  } catch {
    // The head was sent before this middleware: it cannot carry the id any more.
  }
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
