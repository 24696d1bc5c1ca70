import { ErrorPoint, type BaseMonitoring } from '@influx-monitoring/core';
import { checkedCode, codeOfError, guardQuestion, isRecorded, markRecorded } from '@influx-monitoring/core/internal';
import type { InstrumentSubscriberOptions } from '../options.ts';
import { CALLBACK_FAILED } from './message-recorder.ts';

/** LUNA's "internal server error, unknown error". */
const UNKNOWN_ERROR_CODE = '1';

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
  readonly #monitoring: BaseMonitoring;
  readonly #getErrorCode: ((error: unknown) => unknown) | undefined;
  /** What listeners threw: node-redis emits it as `error` afterwards. */
  readonly #thrown = new WeakSet();
  /** What a listener threw last, where that is no object and so cannot be in `#thrown`. */
  #thrownPrimitive: { readonly value: unknown } | undefined;
  /** A code without an entry has had no point within the window. */
  readonly #pendingByCode = new Map<string, PendingErrors>();

  constructor(monitoring: BaseMonitoring, options: InstrumentSubscriberOptions) {
    this.#monitoring = monitoring;
    const onFailure = (): void => {
      monitoring.countEvent(CALLBACK_FAILED);
    };
    this.#getErrorCode =
      options.getErrorCode === undefined ? undefined : guardQuestion(options.getErrorCode, onFailure);
  }

  /**
   * A listener threw, or the promise it returned rejected: each one is a point, also of an error that is thrown again and
   * again. What has its point already (that of a send which the listener awaited) is none of the listener's.
   */
  recordListenerError(error: unknown): void {
    if (isObject(error)) this.#thrown.add(error);
    else this.#thrownPrimitive = { value: error };
    if (isRecorded(error, this.#monitoring)) return;
    this.#record(this.#codeOf(error), 1, this.#monitoring.now());
  }

  /** A subscribe command failed. */
  recordSubscribeError(error: unknown): void {
    if (this.#isKnown(error)) return;
    markRecorded(error, this.#monitoring);
    this.#record(this.#codeOf(error), 1, this.#monitoring.now());
  }

  /** The connection failed: at most one point a second and code. */
  recordConnectionError(error: unknown): void {
    if (this.#isKnown(error)) return;
    markRecorded(error, this.#monitoring);
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
    return String(codeOfError(error) ?? checkedCode(this.#getErrorCode?.(error)) ?? UNKNOWN_ERROR_CODE);
  }

  /** Whether this error had its point before: a client hands one to `error` and to each command that waits. */
  #isKnown(error: unknown): boolean {
    if (!isObject(error)) {
      const thrown = this.#thrownPrimitive;
      this.#thrownPrimitive = undefined;
      return thrown !== undefined && Object.is(thrown.value, error);
    }
    return this.#thrown.has(error) || isRecorded(error, this.#monitoring);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
