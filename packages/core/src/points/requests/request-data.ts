import { DataForMonitoring } from '../data-for-monitoring.ts';

/**
 * What a handler adds to the points of its own request or handshake, and the request's id: `req.monitoring`.
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
export class RequestData extends DataForMonitoring {
  /** LUNA's code of the error that the request fails with, as in 29001 for a missing account header. */
  errorCode: number | string | undefined;
  /** From `Luna-Request-Id`, `X-Request-Id` or the trace id of `traceparent`, else made for this request. */
  readonly requestId: string;

  constructor(requestId: string) {
    super();
    this.errorCode = undefined;
    this.requestId = requestId;
  }
}
