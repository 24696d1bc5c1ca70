import type { IncomingMessage } from 'node:http';
import type { BaseLunaMonitoring, Tags } from '@influx-monitoring/core';
import { checkedCode, guardQuestion, pointsOfRequest, UNMATCHED } from '@influx-monitoring/core/internal';
import { OPTION_THREW } from '../counters.ts';
import { monitoringOf, type InstrumentUpgradesOptions } from '../options.ts';
import { handshakeData } from './data.ts';
import { HandshakeRoutes } from './routes.ts';
import type { EndedHandshake, HandshakeRecorder } from './watch.ts';

/** Makes the points of one server's handshakes for one monitoring. */
export class UpgradeRecorder implements HandshakeRecorder {
  readonly monitoring: BaseLunaMonitoring;
  readonly routes: HandshakeRoutes;
  readonly #countFailure: () => void;
  readonly #additionalTags: (request: IncomingMessage, statusCode: number) => Tags | undefined;
  readonly #getErrorCode: (request: IncomingMessage, statusCode: number) => unknown;
  readonly #route: (request: IncomingMessage) => unknown;

  constructor(options: InstrumentUpgradesOptions) {
    const monitoring = monitoringOf(options);
    const countFailure = (): void => {
      monitoring.countEvent(OPTION_THREW);
    };
    this.#countFailure = countFailure;
    const { additionalTags, getErrorCode, paths, route } = options;
    this.monitoring = monitoring;
    this.routes = new HandshakeRoutes(paths);
    this.#additionalTags =
      typeof additionalTags === 'function' ? guardQuestion(additionalTags, countFailure) : () => additionalTags;
    this.#getErrorCode = guardQuestion(getErrorCode ?? nothing, countFailure);
    this.#route = guardQuestion(route ?? nothing, countFailure);
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

  #record({ executionTime, request, requestTime, resource, statusCode }: EndedHandshake): void {
    const { monitoring } = this;
    monitoring.addPoints(
      pointsOfRequest({
        additionalTags: this.#additionalTags(request, statusCode),
        data: handshakeData(request),
        errorCode: () => checkedCode(this.#getErrorCode(request, statusCode)),
        executionTime,
        method: request.method ?? 'GET',
        onUnreadable: this.#countFailure,
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
