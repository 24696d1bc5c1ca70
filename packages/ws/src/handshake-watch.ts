import type { IncomingMessage } from 'node:http';
import {
  RequestErrorMonitoringPoint,
  RequestMonitoringPoint,
  type BaseLunaMonitoring,
  type BaseMonitoringPoint,
} from '@influx-monitoring/core';
import { handshakeData } from './handshake-data.ts';
import { methodBehind, putOwnMethod, removeOwnMethod, type Method } from './own-method.ts';

/** What a handshake is recorded with. */
export interface HandshakeSettings {
  readonly monitoring: BaseLunaMonitoring;
  /** Code of a refused handshake, where the application has told none. It never throws. */
  errorCode(request: IncomingMessage, statusCode: number): number | string | undefined;
  /** The resource of the route. It never throws. */
  resource(request: IncomingMessage, statusCode: number): string;
}

/** Found again by a second copy of this package. */
const WATCH = Symbol.for('influx-monitoring.ws.handshake-watch');

/** The connection closed before any answer: what nginx logs for it. */
const NOT_FINISHED = 499;
const SWITCHING_PROTOCOLS = 101;
const FIRST_FINAL_STATUS = 200;
const FIRST_FAILED_STATUS = 400;

/** `HTTP/1.1 101` is all that is read of what the application writes. */
const STATUS_LINE = /^HTTP\/1\.\d (\d{3})/;
const STATUS_LINE_LENGTH = 12;

/**
 * Watches a handshake until its status line is written, or its connection closes.
 *
 * Until then methods of the connection lie under watching ones; no listener is added. A connection is watched once.
 */
export function watchHandshake(request: IncomingMessage, socket: object, settings: HandshakeSettings): void {
  if (Object.hasOwn(socket, WATCH) || !Object.isExtensible(socket)) return;
  const watch = new HandshakeWatch(request, socket, settings);
  Object.defineProperty(socket, WATCH, { configurable: true, enumerable: false, value: watch });
  watch.begin();
}

interface CoveredMethod {
  readonly name: string;
  readonly cover: Method;
  readonly earlier: PropertyDescriptor | undefined;
}

class HandshakeWatch {
  readonly #request: IncomingMessage;
  readonly #socket: object;
  readonly #settings: HandshakeSettings;
  readonly #startedAtMs = performance.now();
  readonly #requestTime: number;
  readonly #covered: CoveredMethod[] = [];
  #head = '';

  constructor(request: IncomingMessage, socket: object, settings: HandshakeSettings) {
    this.#request = request;
    this.#socket = socket;
    this.#settings = settings;
    this.#requestTime = settings.monitoring.now();
  }

  begin(): void {
    const seeWritten = (chunk: unknown): void => {
      this.#seeWritten(chunk);
    };
    this.#cover('write', seeWritten);
    this.#cover('end', seeWritten);
    this.#cover('emit', (event) => {
      if (event === 'close') this.#settle(NOT_FINISHED);
    });
  }

  #cover(name: string, look: (parameter: unknown) => void): void {
    const socket = this.#socket;
    const cover = function (this: unknown, ...parameters: unknown[]): unknown {
      look(parameters[0]);
      // The connection's own method takes what its caller gave.
      const original = methodBehind(socket, name, earlier) as (this: unknown, ...parameters: unknown[]) => unknown;
      return original.apply(this, parameters);
    };
    const earlier = putOwnMethod(socket, name, cover);
    this.#covered.push({ name, cover, earlier });
  }

  /** The status line may come in pieces; an interim answer (103) is followed by another. */
  #seeWritten(chunk: unknown): void {
    if (this.#covered.length === 0) return;
    this.#head = (this.#head + textOf(chunk)).slice(0, STATUS_LINE_LENGTH);
    if (this.#head.length < STATUS_LINE_LENGTH) return;
    const statusCode = Number(STATUS_LINE.exec(this.#head)?.[1] ?? 0);
    this.#head = '';
    if (statusCode === SWITCHING_PROTOCOLS || statusCode >= FIRST_FINAL_STATUS) this.#settle(statusCode);
  }

  #settle(statusCode: number): void {
    if (this.#covered.length === 0) return;
    // The last that was put there goes first, so that the connection gets back the shape it had.
    for (const { name, cover, earlier } of this.#covered.splice(0).reverse()) {
      removeOwnMethod(this.#socket, name, cover, earlier);
    }
    this.#settings.monitoring.addPoints(this.#points(statusCode));
  }

  #points(statusCode: number): BaseMonitoringPoint[] {
    const request = this.#request;
    const data = handshakeData(request);
    const init = {
      additionalFields: data.fields,
      additionalTags: data.tags,
      executionTime: (performance.now() - this.#startedAtMs) / 1000,
      method: request.method ?? 'GET',
      requestId: data.requestId,
      requestTime: this.#requestTime,
      resource: this.#settings.resource(request, statusCode),
      service: this.#settings.monitoring.service,
      statusCode,
    };
    const points: BaseMonitoringPoint[] = [new RequestMonitoringPoint(init)];
    if (statusCode >= FIRST_FAILED_STATUS) {
      const errorCode = data.errorCode ?? this.#settings.errorCode(request, statusCode) ?? statusCode;
      points.push(new RequestErrorMonitoringPoint({ ...init, errorCode }));
    }
    return points;
  }
}

function textOf(chunk: unknown): string {
  if (typeof chunk === 'string') return chunk.slice(0, STATUS_LINE_LENGTH);
  if (!(chunk instanceof Uint8Array)) return '';
  return Buffer.from(chunk.subarray(0, STATUS_LINE_LENGTH)).toString('latin1');
}
