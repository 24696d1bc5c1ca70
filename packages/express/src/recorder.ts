import {
  RequestErrorMonitoringPoint,
  RequestMonitoringPoint,
  type BaseLunaMonitoring,
  type BaseMonitoringPoint,
  type Fields,
  type FieldValue,
  type Tags,
} from '@influx-monitoring/core';
import { METHODS } from 'node:http';
import type { Request, Response } from 'express';
import { UNMATCHED } from './position.ts';
import type { Exchange, ExchangeRecorder, Measurement } from './exchange.ts';
import type { ResolvedInfluxMonitoringOptions } from './options.ts';
import { checkedCode, codeOfError, type ErrorCode } from './request-error.ts';

/** What nginx logs for a client that went before its answer. */
const STATUS_NOT_FINISHED = 499;
const FIRST_FAILED_STATUS = 400;

/** HTTP/2 takes any token for a method, so an unknown one must not become a tag. */
const KNOWN_METHODS = new Set(METHODS);
const OTHER_METHOD = 'OTHER';

type DataSource<Data> = Data | ((req: Request, res: Response) => Data | undefined) | undefined;

/** Makes the points of requests for one monitoring, by one middleware's options. */
export class RequestRecorder implements ExchangeRecorder {
  readonly monitoring: BaseLunaMonitoring;
  /** Requests being handled now. */
  inFlight = 0;
  readonly #options: ResolvedInfluxMonitoringOptions;
  readonly #hasOwnFields: boolean;

  constructor(monitoring: BaseLunaMonitoring, options: ResolvedInfluxMonitoringOptions) {
    this.monitoring = monitoring;
    this.#options = options;
    const { bytesWritten, requestsInFlight, sampleRate, timeToFirstByte } = options;
    this.#hasOwnFields = bytesWritten || requestsInFlight || timeToFirstByte || sampleRate < 1;
  }

  record(exchange: Exchange, measurement: Measurement): void {
    this.inFlight -= 1;
    try {
      this.#record(exchange, measurement);
    } catch {
      // Whatever an application put in the place of a request's parts, its response must not fail for it.
      this.countFailedCallback();
    }
  }

  #record(exchange: Exchange, measurement: Measurement): void {
    const { isFinished } = exchange;
    const statusCode = isFinished ? exchange.statusCode : STATUS_NOT_FINISHED;
    const executionTime = (exchange.endedAtMs - measurement.startedAtMs) / 1000;
    const { sampleRate, slowSeconds } = this.#options;
    const isFailed = statusCode >= FIRST_FAILED_STATUS;
    const isSampled = sampleRate < 1 && !isFailed && executionTime < slowSeconds;
    if (isSampled && Math.random() >= sampleRate) return;
    this.monitoring.addPoints(
      this.#points(exchange, measurement, {
        executionTime,
        isFailed,
        sampleRate: isSampled ? sampleRate : 1,
        statusCode,
      }),
    );
  }

  #points(exchange: Exchange, measurement: Measurement, outcome: RequestOutcome): BaseMonitoringPoint[] {
    const { data, req, res } = exchange;
    const { additionalFields, additionalTags } = this.#options;
    const own = this.#hasOwnFields ? this.#ownFields(exchange, measurement, outcome) : undefined;
    const init = {
      additionalFields: merge(this.#data(additionalFields, req, res), data.fields, own),
      additionalTags: merge(this.#data(additionalTags, req, res), data.tags, undefined),
      executionTime: outcome.executionTime,
      method: KNOWN_METHODS.has(exchange.method) ? exchange.method : OTHER_METHOD,
      requestId: data.requestId,
      requestTime: measurement.requestTime,
      resource: exchange.resource ?? UNMATCHED,
      service: this.monitoring.service,
      statusCode: outcome.statusCode,
    };
    const points: BaseMonitoringPoint[] = [new RequestMonitoringPoint(init)];
    if (outcome.isFailed) {
      const errorCode = this.#errorCode(exchange, outcome.statusCode);
      points.push(new RequestErrorMonitoringPoint({ ...init, errorCode }));
    }
    return points;
  }

  #ownFields(exchange: Exchange, measurement: Measurement, outcome: RequestOutcome): Fields {
    const { bytesWritten, requestsInFlight, sampleRate, timeToFirstByte } = this.#options;
    const fields: Record<string, FieldValue> = {};
    if (bytesWritten) fields['bytes_written'] = BigInt(exchange.bytesWritten);
    if (requestsInFlight) fields['requests_in_flight'] = BigInt(measurement.inFlight);
    if (sampleRate < 1) fields['sample_rate'] = outcome.sampleRate;
    if (timeToFirstByte && exchange.firstByteAtMs > 0) {
      fields['time_to_first_byte'] = (exchange.firstByteAtMs - measurement.startedAtMs) / 1000;
    }
    return fields;
  }

  #errorCode(exchange: Exchange, statusCode: number): ErrorCode {
    const { error, req, res } = exchange;
    return codeOfError(error) ?? this.#userErrorCode(error, req, res) ?? statusCode;
  }

  #userErrorCode(error: unknown, req: Request, res: Response): ErrorCode | undefined {
    try {
      return checkedCode(this.#options.getErrorCode?.(error, req, res));
    } catch {
      this.countFailedCallback();
      return undefined;
    }
  }

  #data<Data extends object>(source: DataSource<Data>, req: Request, res: Response): Data | undefined {
    if (typeof source !== 'function') return source;
    try {
      return source(req, res);
    } catch {
      this.countFailedCallback();
      return undefined;
    }
  }

  /** A callback of the user's threw: the application must not notice, the operator should. */
  countFailedCallback(): void {
    this.monitoring.countEvent('express_callback_failed');
  }
}

interface RequestOutcome {
  readonly executionTime: number;
  readonly isFailed: boolean;
  /** The rate by which the point was kept: 1 for those that are always kept. */
  readonly sampleRate: number;
  readonly statusCode: number;
}

/** The handler's own data goes over the options', ours over both; `undefined` where all are empty, the usual case. */
function merge<Data extends Tags | Fields>(
  options: Data | undefined,
  handler: Data,
  own: Data | undefined,
): Data | undefined {
  if (options === undefined && own === undefined) return isEmpty(handler) ? undefined : handler;
  return { ...options, ...handler, ...own };
}

function isEmpty(data: object): boolean {
  for (const _key in data) return false;
  return true;
}
