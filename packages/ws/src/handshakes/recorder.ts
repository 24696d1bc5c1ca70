import type { IncomingMessage } from 'node:http';
import type { BaseMonitoring, Tags } from '@influx-monitoring/core';
import {
  checkedCode,
  createIgnoreTest,
  guardQuestion,
  isFailedStatus,
  pathOfUrl,
  pointsOfRequest,
  UNMATCHED,
  type IgnoreTest,
} from '@influx-monitoring/core/internal';
import { OPTION_THREW } from '../counters.ts';
import { DEFAULT_SLOW_SECONDS, monitoringOf, type InstrumentUpgradesOptions } from '../options.ts';
import { handshakeData } from './data.ts';
import { HandshakeRoutes } from './routes.ts';
import type { EndedHandshake, HandshakeRecorder } from './watch.ts';

/** Makes the points of one server's handshakes for one monitoring. */
export class UpgradeRecorder implements HandshakeRecorder {
  readonly monitoring: BaseMonitoring;
  readonly routes: HandshakeRoutes;
  readonly hasTraceId: boolean;
  readonly #countFailure: () => void;
  readonly #hasAllRequestIds: boolean;
  readonly #isIgnored: IgnoreTest<IncomingMessage> | undefined;
  readonly #slowSeconds: number;
  readonly #additionalTags: (request: IncomingMessage, statusCode: number) => Tags | undefined;
  readonly #getErrorCode: (statusCode: number, request: IncomingMessage) => unknown;
  readonly #route: (request: IncomingMessage) => unknown;

  constructor(options: InstrumentUpgradesOptions) {
    const monitoring = monitoringOf(options);
    const countFailure = (): void => {
      monitoring.countEvent(OPTION_THREW);
    };
    this.#countFailure = countFailure;
    const { additionalTags, getErrorCode, paths, route } = options;
    this.hasTraceId = options.traceId ?? false;
    this.#hasAllRequestIds = options.requestIds !== 'failed-and-slow';
    this.#isIgnored = createIgnoreTest<IncomingMessage>(options.ignore ?? [], countFailure);
    this.#slowSeconds = options.slowSeconds ?? DEFAULT_SLOW_SECONDS;
    this.monitoring = monitoring;
    this.routes = new HandshakeRoutes(paths);
    this.#additionalTags =
      typeof additionalTags === 'function' ? guardQuestion(additionalTags, countFailure) : () => additionalTags;
    this.#getErrorCode = guardQuestion(getErrorCode ?? nothing, countFailure);
    this.#route = guardQuestion(route ?? nothing, countFailure);
  }

  isIgnored(request: IncomingMessage): boolean {
    try {
      return this.#isIgnored?.(pathOfUrl(request.url ?? ''), request) ?? false;
    } catch {
      this.#countFailure();
      return false;
    }
  }

  resourceOf(request: IncomingMessage, statusCode: number): string {
    try {
      const resource = this.#route(request);
      return typeof resource === 'string' && resource !== '' ? resource : this.routes.resource(request, statusCode);
    } catch {
      this.#countFailure();
      return UNMATCHED;
    }
  }

  record(handshake: EndedHandshake): void {
    try {
      this.#record(handshake);
    } catch {
      // Whatever an application put in the place of a request's parts, its handshake must not fail for it.
      this.#countFailure();
    }
  }

  #record({ executionTime, request, requestTime, resource, statusCode, traceId }: EndedHandshake): void {
    const { monitoring } = this;
    monitoring.addPoints(
      pointsOfRequest({
        additionalTags: this.#additionalTags(request, statusCode),
        data: handshakeData(request),
        errorCode: () => checkedCode(this.#getErrorCode(statusCode, request)),
        executionTime,
        hasRequestId: this.#hasAllRequestIds || isFailedStatus(statusCode) || executionTime >= this.#slowSeconds,
        method: request.method ?? 'GET',
        onUnreadable: this.#countFailure,
        ownFields: traceId === undefined ? undefined : { trace_id: traceId },
        requestTime,
        resource,
        service: monitoring.service,
        statusCode,
      }),
    );
  }
}

function nothing(): undefined {
  return undefined;
}
