import { DataForMonitoring } from '@influx-monitoring/core';
import type { Exchange } from './exchange.ts';
import { POSITION, type RoutePosition } from './position.ts';
import { processWide } from './process-wide.ts';

/** The place of a request's exchange; shared by every copy of this package. */
export const EXCHANGE: unique symbol = Symbol.for('influx-monitoring.express.exchange.1');

/** In the place of an exchange that has ended: what outlives it must not hold its request. */
export const ENDED = 'ended';

/**
 * What a handler adds to the points of its own request, and the request's id: `req.monitoring`.
 *
 * Names that the points have anyway are passed over.
 *
 * @example
 * ```ts
 * import { monitorTime } from '@influx-monitoring/core';
 * import type { RequestMonitoringData } from '@influx-monitoring/express';
 *
 * async function loadUser(monitoring: RequestMonitoringData): Promise<void> {
 *   monitoring.tags['plan'] = 'free';
 *   await monitorTime(monitoring, 'load_time', () => Promise.resolve());
 *   console.log(monitoring.requestId);
 * }
 * ```
 */
export class RequestMonitoringData extends DataForMonitoring {
  /** The request's id: from its headers or made for it, and sent back in `Luna-Request-Id`. */
  readonly requestId: string;
  /** @internal */
  [EXCHANGE]: Exchange | typeof ENDED | undefined;
  /** @internal */
  [POSITION]: RoutePosition | undefined;

  constructor(requestId: string) {
    super();
    this.requestId = requestId;
    this[EXCHANGE] = undefined;
    this[POSITION] = undefined;
  }
}

/**
 * The data of all requests that a middleware has seen, by request and by response; those of Node's show it as `monitoring`
 * (message-hook.ts). A request may be wrapped on its way, and is known by its response then.
 */
export const dataOfMessages = processWide('request-data', () => new WeakMap<object, RequestMonitoringData>());

/** The data of a request; none where no middleware has seen it. */
export function dataOf(req: object, res: object): RequestMonitoringData | undefined {
  return dataOfMessages.get(req) ?? dataOfMessages.get(res);
}

declare module 'http' {
  // Express's and connect's requests extend this one, so they have it too.
  interface IncomingMessage {
    /** Tags and fields for the points of this request; there from `influxMonitoring()` on. */
    monitoring: RequestMonitoringData;
  }
}
