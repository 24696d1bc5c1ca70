import {
  RequestMonitoringPoint,
  roundToMicroseconds,
  type BaseMonitoring,
  type Fields,
  type FieldValue,
  type Tags,
} from '@influx-monitoring/core';
import {
  checkedCode,
  codeOfError,
  countRequestsInFlight,
  guardQuestion,
  isFailedStatus,
  pointsOfRequest,
  resolveRequestId,
  sampleRateOf,
  statusOf,
  UNMATCHED,
  type ErrorCode,
} from '@influx-monitoring/core/internal';
import type { Request, Response } from 'express';
import type { Exchange, ExchangeRecorder, Measurement } from './exchange/exchange.ts';
import type { ResolvedInfluxMonitoringOptions } from './options.ts';

/** What gives additional tags or fields, guarded. */
type DataSource<Data> = (req: Request, res: Response) => Data | undefined;

/** Makes the points of requests for one monitoring, by one middleware's options. */
export class RequestRecorder implements ExchangeRecorder {
  readonly monitoring: BaseMonitoring;
  /** Requests being handled now. */
  inFlight = 0;
  readonly #additionalFields: DataSource<Fields>;
  readonly #additionalTags: DataSource<Tags>;
  readonly #getErrorCode: ((error: unknown, req: Request, res: Response) => unknown) | undefined;
  readonly #getRequestId: ((req: Request) => unknown) | undefined;
  readonly #hasOwnFields: boolean;
  readonly #options: ResolvedInfluxMonitoringOptions;
  readonly #sampleRate: number;

  constructor(monitoring: BaseMonitoring, options: ResolvedInfluxMonitoringOptions) {
    this.monitoring = monitoring;
    countRequestsInFlight(monitoring, () => this.inFlight);
    this.#options = options;
    const { bytesWritten, getErrorCode, getRequestId, requestsInFlight, timeToFirstByte, traceId } = options;
    this.#sampleRate = sampleRateOf(monitoring, RequestMonitoringPoint.series, options.sampleRate);
    this.#hasOwnFields = bytesWritten || requestsInFlight || timeToFirstByte || traceId || this.#sampleRate < 1;
    this.#additionalFields = this.#sourceOf<Fields>(options.additionalFields);
    this.#additionalTags = this.#sourceOf<Tags>(options.additionalTags);
    this.#getErrorCode = getErrorCode && guardQuestion(getErrorCode, this.onCallbackFailure);
    this.#getRequestId = getRequestId && guardQuestion(getRequestId, this.onCallbackFailure);
  }

  /** A callback of the user's failed: the application must not notice, the operator should. */
  readonly onCallbackFailure = (): void => {
    this.monitoring.countEvent('express_callback_failed');
  };

  /** The request id that the user gives, read as a header would be: cut, and rid of what no header may carry. */
  requestIdOf(req: Request): string | undefined {
    const requestId = this.#getRequestId?.(req);
    return typeof requestId === 'string' && requestId !== ''
      ? resolveRequestId({ 'luna-request-id': requestId })
      : undefined;
  }

  record(exchange: Exchange, measurement: Measurement): void {
    this.inFlight -= 1;
    try {
      this.#record(exchange, measurement);
    } catch {
      // Whatever an application put in the place of a request's parts, its response must not fail for it.
      this.onCallbackFailure();
    }
  }

  #record(exchange: Exchange, measurement: Measurement): void {
    const { data } = exchange.state;
    if (data === undefined) return;
    const { req, res } = exchange;
    const statusCode = statusOf(exchange.isFinished, exchange.statusCode);
    const executionTime = (exchange.endedAtMs - measurement.startedAtMs) / 1000;
    const { requestIds, slowSeconds } = this.#options;
    const isRemarkable = isFailedStatus(statusCode) || executionTime >= slowSeconds;
    const isSampled = this.#sampleRate < 1 && !isRemarkable;
    if (isSampled && Math.random() >= this.#sampleRate) return;
    const points = pointsOfRequest({
      additionalFields: this.#additionalFields(req, res),
      additionalTags: this.#additionalTags(req, res),
      data,
      errorCode: () => this.#errorCode(exchange),
      executionTime,
      hasRequestId: isRemarkable || requestIds === 'all',
      method: exchange.method,
      onUnreadable: this.onCallbackFailure,
      ownFields: this.#hasOwnFields
        ? this.#ownFields(exchange, measurement, isSampled ? this.#sampleRate : 1)
        : undefined,
      requestTime: measurement.requestTime,
      resource: exchange.resource ?? UNMATCHED,
      service: this.monitoring.service,
      statusCode,
    });
    this.monitoring.addPoints(points);
  }

  /** @param keptBy - the rate by which the point was kept: 1 for those that are always kept */
  #ownFields(exchange: Exchange, measurement: Measurement, keptBy: number): Fields {
    const { bytesWritten, requestsInFlight, timeToFirstByte } = this.#options;
    const fields: Record<string, FieldValue> = {};
    if (bytesWritten) fields['bytes_written'] = BigInt(exchange.bytesWritten);
    if (requestsInFlight) fields['requests_in_flight'] = BigInt(measurement.inFlight);
    if (this.#sampleRate < 1) fields['sample_rate'] = keptBy;
    if (timeToFirstByte && exchange.firstByteAtMs > 0) {
      fields['time_to_first_byte'] = roundToMicroseconds((exchange.firstByteAtMs - measurement.startedAtMs) / 1000);
    }
    if (measurement.traceId !== undefined) fields['trace_id'] = measurement.traceId;
    return fields;
  }

  #errorCode({ error, req, res }: Exchange): ErrorCode | undefined {
    return codeOfError(error) ?? checkedCode(this.#getErrorCode?.(error, req, res));
  }

  #sourceOf<Data extends object>(
    source: Data | ((req: Request, res: Response) => Data | undefined) | undefined,
  ): DataSource<Data> {
    if (typeof source !== 'function') return () => source;
    return guardQuestion<[Request, Response], Data | undefined>(source, this.onCallbackFailure) as DataSource<Data>;
  }
}
