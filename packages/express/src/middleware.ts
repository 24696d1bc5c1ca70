import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { defaultMonitoring } from '@influx-monitoring/core';
import {
  createIgnoreTest,
  dataIn,
  findMessageState,
  messageStateFor,
  pathOfUrl,
  requestDataFor,
  traceIdOf,
  type IgnoreTest,
  type MessageState,
  type RequestData,
  read,
} from '@influx-monitoring/core/internal';
import type { Request, Response } from 'express';
import { http2StreamOf } from './exchange/completeness.ts';
import { echoNow, echoWithHead } from './exchange/echo-id.ts';
import { ENDED, Exchange } from './exchange/exchange.ts';
import { hookMessages, isHeardByPrototype, isNodesResponse } from './exchange/message-hook.ts';
import { exchangeOf, watchResponse } from './exchange/watch-response.ts';
import { watchWrites } from './exchange/watch-writes.ts';
import {
  resolveInfluxMonitoringOptions,
  type InfluxMonitoringOptions,
  type ResolvedInfluxMonitoringOptions,
} from './options.ts';
import { RequestRecorder } from './recorder.ts';
import { followLayers } from './routing/follow-layers.ts';
import { currentInstallation } from './uninstrument.ts';

/** The middleware, of the type that Express, connect and plain `node:http` have in common. */
export type InfluxMonitoringMiddleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void;

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
  const monitoring = resolved.monitoring ?? defaultMonitoring();
  if (!monitoring.isEnabled) {
    return function influxMonitoring(req, res, next) {
      showDataOfItsOwn(req, res);
      next();
    };
  }
  const recorder = new RequestRecorder(monitoring, resolved);
  const isIgnored = createIgnoreTest<Request>(resolved.ignore, recorder.onCallbackFailure);
  const parts = { isIgnored, options: resolved, recorder };
  const installation = currentInstallation();
  hookMessages();

  return function influxMonitoring(req, res, next) {
    if (installation === currentInstallation()) {
      try {
        // On connect and plain node:http it is less than that: what is read of it may be missing.
        begin(req as Request, res as Response, parts);
      } catch {
        // What was thrown is ours, or a getter's of somebody who replaced parts of the request: the application goes on.
        recorder.onCallbackFailure();
      }
    } else showDataOfItsOwn(req, res);
    next();
  };
}

/** What one middleware works with. */
interface Parts {
  readonly isIgnored: IgnoreTest<Request> | undefined;
  readonly options: ResolvedInfluxMonitoringOptions;
  readonly recorder: RequestRecorder;
}

/** A request and its response. */
interface Messages {
  /** Whether the prototype of the response hears it to its end. */
  readonly isHeard: boolean;
  readonly req: Request;
  readonly res: Response;
  readonly state: MessageState;
}

/** Handlers do not know whether anything is recorded: their request has its data all the same. */
function showDataOfItsOwn(req: IncomingMessage, res: ServerResponse): void {
  try {
    show(req, requestDataFor(req, res));
  } catch {
    // A request that lets nothing be read or written.
  }
}

function begin(req: Request, res: Response, parts: Parts): void {
  const { isIgnored, options, recorder } = parts;
  const startedAtMs = performance.now();
  const requestTime = recorder.monitoring.now();
  const known = findMessageState(req, res);
  const state = known?.hasResponse === true ? known : messageStateFor(req, res);
  const isHeard = isHeardByPrototype(res);
  // A request has one id and one set of data, however many middlewares see it.
  if (state.data === undefined) identify({ isHeard, req, res, state }, parts);
  if (state.exchange === ENDED || isMeasured(exchangeOf(state), recorder.monitoring)) return;
  if (isHandshake(req) || (isIgnored !== undefined && isIgnored(pathOfRequest(req), req))) return;
  const exchange = exchangeOf(state) ?? startExchange({ isHeard, req, res, state });
  if ((options.timeToFirstByte || options.bytesWritten) && !exchange.hasWatchedWrites) watchWrites(exchange);
  recorder.inFlight += 1;
  exchange.measurements = {
    inFlight: recorder.inFlight,
    next: exchange.measurements,
    recorder,
    requestTime,
    startedAtMs,
    traceId: options.traceId ? traceIdOf(read.headers(req)) : undefined,
  };
  if (isClosed(exchange)) exchange.endBeforeRouting();
}

/**
 * A WebSocket handshake that a package such as express-ws sends through the application with a response that nobody
 * will send: its end would be that of the connection. `instrumentUpgrades` of @influx-monitoring/ws records it. Node
 * tells of CONNECT as of an upgrade, but there is no other who records that.
 */
function isHandshake(req: Request): boolean {
  // Node sets it where it tells of an upgrade, and its types do not have it.
  return read.upgrade(req as { readonly upgrade?: unknown }) === true && read.method(req) !== 'CONNECT';
}

function startExchange({ isHeard, req, res, state }: Messages): Exchange {
  followLayers(req, res, state);
  // A response of HTTP/2 has another prototype.
  const isHttp2 = !isHeard && read.httpVersionMajor(req) >= 2;
  const exchange = new Exchange({ isHttp2, req, res, state });
  state.exchange = exchange;
  watchResponse(exchange, isHeard);
  return exchange;
}

/** The client left while middleware before this one had the request: no event will come any more. */
function isClosed({ isHttp2, res }: Exchange): boolean {
  // The compatibility API of HTTP/2 keeps this on its stream.
  return isHttp2 ? http2StreamOf(res)?.destroyed === true : read.destroyed(res);
}

function isMeasured(exchange: Exchange | undefined, monitoring: object): boolean {
  for (let each = exchange?.measurements; each !== undefined; each = each.next) {
    if (each.recorder.monitoring === monitoring) return true;
  }
  return false;
}

function identify({ isHeard, req, res, state }: Messages, { options, recorder }: Parts): void {
  const data = dataIn(state, req, recorder.requestIdOf(req));
  show(req, data);
  if (!options.echoRequestId) return;
  if (isHeard || isNodesResponse(res)) echoWithHead(state, data.requestId);
  else echoNow(res, data.requestId);
}

/** Lets `req.monitoring` be a request's data: where it is none of Node's, or has something of this name already. */
function show(req: IncomingMessage & { monitoring?: RequestData }, data: RequestData): void {
  if (read.monitoring(req) !== data) req.monitoring = data;
}

/** A mounted application sees a shortened `url`; Express keeps the whole one. */
function pathOfRequest(req: Request): string {
  return pathOfUrl((req as { originalUrl?: string }).originalUrl ?? req.url);
}

declare global {
  // Express's types have it for others to add to, and each Express has its own copy of the rest.
  // eslint-disable-next-line @typescript-eslint/no-namespace, no-restricted-syntax -- the name that they gave it
  namespace Express {
    interface Request {
      /** Tags and fields for the points of this request; there from `influxMonitoring()` on. */
      monitoring: RequestData;
    }
  }
}
