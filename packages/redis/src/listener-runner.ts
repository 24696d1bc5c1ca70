import { runSynchronouslyWithMessage, runWithMessage, type MessageContext } from '@influx-monitoring/core';
import type { ErrorRecorder } from './error-recorder.ts';
import type { ListenerTimes } from './listener-times.ts';
import type { MessageRecorder } from './message-recorder.ts';
import type { InstrumentSubscriberOptions } from './options.ts';

/** A user's function, called as its client calls it. */
export type Listener = (this: unknown, ...args: never[]) => unknown;

/** What a listener runner works with, all of one client. */
export interface ListenerRunnerInit {
  readonly errors: ErrorRecorder;
  readonly messages: MessageRecorder;
  readonly options: InstrumentSubscriberOptions;
  /** Only where listeners are timed: then these record the message's point. */
  readonly times: ListenerTimes | undefined;
}

/** Runs the listeners of one client's messages: each in its message's context, its errors and time taken note of. */
export class ListenerRunner {
  readonly #errors: ErrorRecorder;
  readonly #messages: MessageRecorder;
  readonly #times: ListenerTimes | undefined;
  readonly #isIsolated: boolean;
  /** One function for every promise: a listener that awaits costs no closure. */
  readonly #onRejected: (error: unknown) => void;

  /** Runs a function in a message's context. */
  readonly enter: typeof runWithMessage;

  constructor({ errors, messages, options, times }: ListenerRunnerInit) {
    this.#errors = errors;
    this.#messages = messages;
    this.#times = times;
    this.#isIsolated = options.isolateListenerErrors === true;
    this.#onRejected = (error) => {
      this.#fail(error);
    };
    this.enter = options.context === 'explicit' ? runSynchronouslyWithMessage : runWithMessage;
  }

  /** Takes note of a message that arrives now, and records it unless its listeners are timed. */
  arrive(message: unknown, channel: unknown): MessageContext {
    const context = this.#messages.arrive(message, channel);
    if (this.#times === undefined) this.#messages.record(context);
    else this.#times.open(context);
    return context;
  }

  /** Says that no listener of this message will be called any more. */
  close(context: MessageContext): void {
    this.#times?.close(context);
  }

  /**
   * Calls one listener.
   *
   * What it throws is recorded and thrown on. Of a promise that it returns, another is returned that rejects alike: so
   * an error that nobody handles still reaches `unhandledRejection`.
   */
  call(context: MessageContext, listener: Listener, thisArg: unknown, args: readonly unknown[]): unknown {
    const startedMs = this.#times === undefined ? 0 : this.#times.start(context);
    let result: unknown;
    try {
      result = Reflect.apply(listener, thisArg, args);
    } catch (error) {
      this.#times?.end(context, startedMs);
      this.#fail(error);
      return undefined;
    }
    if (!isNativePromise(result)) {
      this.#times?.end(context, startedMs);
      return result;
    }
    return this.#times === undefined
      ? result.then(undefined, this.#onRejected)
      : this.#timed(result, context, startedMs, this.#times);
  }

  #timed(result: Promise<unknown>, context: MessageContext, startedMs: number, times: ListenerTimes): Promise<unknown> {
    return result.then(
      (value) => {
        times.end(context, startedMs);
        return value;
      },
      (error: unknown) => {
        times.end(context, startedMs);
        this.#fail(error);
      },
    );
  }

  #fail(error: unknown): void {
    this.#errors.recordListenerError(error);
    if (!this.#isIsolated) throw error;
  }
}

/**
 * Whether `then` of this value does nothing but wait: that of a query builder's thenable would send the query, and a
 * subclass may be as lazy.
 */
export function isNativePromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && value.then === Promise.prototype.then;
}
