import { runWithMessage, type MessageContext } from '@influx-monitoring/core';
import { runSynchronouslyWithMessage } from '@influx-monitoring/core/internal';
import { isNativePromise } from './native-promise.ts';
import type { Watch } from './watch.ts';

/** A user's function, called as its client calls it. */
export type Listener = (this: unknown, ...args: never[]) => unknown;

/**
 * Hands what happens on one client to every monitoring that watches it, and runs the listeners of its messages: each in
 * its message's context, its errors and time taken note of.
 *
 * A message has one context, however many monitorings there are: that of the first.
 */
export class Dispatch {
  #watches: readonly Watch[] = [];
  #isIsolated = false;
  #isTimed = false;
  /** One function for every promise: a listener that awaits costs no closure. */
  readonly #onRejected = (error: unknown): void => {
    this.#recordListenerError(error);
    throw error;
  };
  readonly #onIsolatedRejected = (error: unknown): void => {
    this.#recordListenerError(error);
  };

  /** Runs a function in a message's context. */
  enter: typeof runWithMessage = runWithMessage;

  get watches(): readonly Watch[] {
    return this.#watches;
  }

  set watches(watches: readonly Watch[]) {
    this.#watches = watches;
    this.#isIsolated = watches.some(({ options }) => options.isolateListenerErrors === true);
    this.#isTimed = watches.some(({ options }) => options.listenerTime === true);
    const isExplicit = watches.every(({ options }) => options.context === 'explicit');
    this.enter = isExplicit ? runSynchronouslyWithMessage : runWithMessage;
  }

  /** Takes note of a message that arrives now. */
  arrive(message: unknown, channel: unknown): MessageContext {
    let first: MessageContext | undefined;
    for (const watch of this.#watches) first = watch.arrive(message, channel, first);
    return first ?? NOBODYS;
  }

  /** Says that no listener of this message will be called any more. */
  close(context: MessageContext): void {
    if (!this.#isTimed) return;
    for (const { times } of this.#watches) times?.close(context);
  }

  /**
   * Calls one listener.
   *
   * What it throws is recorded and thrown on. Of a promise that it returns, another is returned that rejects alike: so
   * an error that nobody handles still reaches `unhandledRejection`.
   */
  call(context: MessageContext, listener: Listener, thisArg: unknown, args: readonly unknown[]): unknown {
    const startedMs = this.#isTimed ? this.#start(context) : undefined;
    let result: unknown;
    try {
      result = Reflect.apply(listener, thisArg, args);
    } catch (error) {
      if (startedMs !== undefined) this.#end(context, startedMs);
      this.#recordListenerError(error);
      if (!this.#isIsolated) throw error;
      return undefined;
    }
    if (!isNativePromise(result)) {
      if (startedMs !== undefined) this.#end(context, startedMs);
      return result;
    }
    if (startedMs !== undefined) result = this.#timed(result, context, startedMs);
    // What is asked for when the listener is called holds when its promise rejects.
    return (result as Promise<unknown>).then(undefined, this.#isIsolated ? this.#onIsolatedRejected : this.#onRejected);
  }

  /** A subscribe command failed. */
  subscribeFailed(error: unknown): void {
    for (const { errors } of this.#watches) errors.recordSubscribeError(error);
  }

  /** The connection failed. */
  connectionFailed(error: unknown): void {
    for (const { errors } of this.#watches) errors.recordConnectionError(error);
  }

  /** A connection closed unasked, and without an error. */
  connectionClosed(): void {
    for (const watch of this.#watches) watch.connectionClosed();
  }

  /** The client is subscribed to something, perhaps since just now. */
  subscribed(): void {
    for (const { silence } of this.#watches) silence?.begin();
  }

  /** The client made another like itself. */
  duplicated(duplicate: unknown): void {
    for (const watch of this.#watches) watch.duplicated(duplicate);
  }

  /** A method of the client could not be replaced, so less is told. */
  methodRefused(name: string): void {
    for (const watch of this.#watches) watch.methodRefused(name);
  }

  #recordListenerError(error: unknown): void {
    for (const { errors } of this.#watches) errors.recordListenerError(error);
  }

  #timed(result: Promise<unknown>, context: MessageContext, startedMs: number): Promise<unknown> {
    const end = (): void => {
      this.#end(context, startedMs);
    };
    return result.finally(end);
  }

  #start(context: MessageContext): number {
    for (const { times } of this.#watches) times?.start(context);
    return performance.now();
  }

  #end(context: MessageContext, startedMs: number): void {
    for (const { times } of this.#watches) times?.end(context, startedMs);
  }
}

/** For a message that arrives while the last monitoring is taken off. */
const NOBODYS: MessageContext = { channel: '', receivedAt: 0, receivedAtMs: 0, requestId: 'none' };
