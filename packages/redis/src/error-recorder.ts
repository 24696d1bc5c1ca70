import { ErrorPoint, type BaseLunaMonitoring } from '@influx-monitoring/core';
import { errorCodeOf } from './error-code.ts';
import type { InstrumentSubscriberOptions } from './options.ts';

/** Errors of one code that a connection runs into within so long become one point, with their `count`. */
export const CONNECTION_ERROR_WINDOW_MS = 1000;

/** The errors of one code since its last point. */
interface PendingErrors {
  count: number;
  /** When the first of them happened, in seconds since the epoch. */
  firstTime: number;
  /** Ends the window. */
  timer: NodeJS.Timeout;
}

/** Makes the `subscription_error` points of one client. */
export class ErrorRecorder {
  readonly #monitoring: BaseLunaMonitoring;
  readonly #getErrorCode: InstrumentSubscriberOptions['getErrorCode'];
  /** Errors recorded before: a client hands one error to a listener's throw, to `error` and to each command that waits. */
  readonly #recorded = new WeakSet();
  /** What a listener threw last, where that is no object and so cannot be in `#recorded`. */
  #thrownPrimitive: { readonly value: unknown } | undefined;
  /** A code without an entry has had no point within the window. */
  readonly #pendingByCode = new Map<string, PendingErrors>();

  constructor(monitoring: BaseLunaMonitoring, options: InstrumentSubscriberOptions) {
    this.#monitoring = monitoring;
    this.#getErrorCode = options.getErrorCode;
  }

  /** A listener threw, or the promise it returned rejected: each one is a point. */
  recordListenerError(error: unknown): void {
    if (!this.#remember(error)) this.#thrownPrimitive = { value: error };
    this.#record(this.#codeOf(error), 1, this.#monitoring.now());
  }

  /** A subscribe command failed. */
  recordSubscribeError(error: unknown): void {
    if (this.#isRecorded(error)) return;
    this.#remember(error);
    this.#record(this.#codeOf(error), 1, this.#monitoring.now());
  }

  /** The connection failed: at most one point a second and code. */
  recordConnectionError(error: unknown): void {
    if (this.#isRecorded(error)) return;
    this.#remember(error);
    this.recordLimited(this.#codeOf(error));
  }

  /** Something that has a code and no error: at most one point a second and code. */
  recordLimited(code: string): void {
    const now = this.#monitoring.now();
    const pending = this.#pendingByCode.get(code);
    if (pending === undefined) {
      this.#record(code, 1, now);
      this.#pendingByCode.set(code, { count: 0, firstTime: now, timer: this.#startWindow(code) });
      return;
    }
    if (pending.count === 0) pending.firstTime = now;
    pending.count += 1;
  }

  /** Records what was held back, and ends the windows. */
  flush(): void {
    for (const [code, { count, firstTime, timer }] of this.#pendingByCode) {
      clearTimeout(timer);
      if (count > 0) this.#record(code, count, firstTime);
    }
    this.#pendingByCode.clear();
  }

  #startWindow(code: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.#endWindow(code);
    }, CONNECTION_ERROR_WINDOW_MS).unref();
  }

  #endWindow(code: string): void {
    const pending = this.#pendingByCode.get(code);
    if (pending === undefined) return;
    if (pending.count === 0) {
      this.#pendingByCode.delete(code);
      return;
    }
    this.#record(code, pending.count, pending.firstTime);
    pending.count = 0;
    pending.timer = this.#startWindow(code);
  }

  #record(errorCode: string, count: number, eventTime: number): void {
    this.#monitoring.addPoints([new ErrorPoint({ eventTime, service: this.#monitoring.service, errorCode, count })]);
  }

  #codeOf(error: unknown): string {
    return errorCodeOf(error, this.#getErrorCode);
  }

  /** Whether this error had its point before: node-redis emits as `error` what a listener threw. */
  #isRecorded(error: unknown): boolean {
    if (isObject(error)) return this.#recorded.has(error) || (isObject(error.cause) && this.#recorded.has(error.cause));
    const thrown = this.#thrownPrimitive;
    this.#thrownPrimitive = undefined;
    return thrown !== undefined && Object.is(thrown.value, error);
  }

  /** False for what no WeakSet can hold. */
  #remember(error: unknown): boolean {
    if (!isObject(error)) return false;
    this.#recorded.add(error);
    return true;
  }
}

function isObject(value: unknown): value is object & { readonly cause?: unknown } {
  return typeof value === 'object' && value !== null;
}
