import type { MessageContext } from '@influx-monitoring/core';
import type { Arrival, MessageRecorder } from './message-recorder.ts';

/** A message whose listeners are not done after so long is recorded with the time they took so far. */
export const MAX_LISTENER_TIME_MS = 60_000;

interface OpenMessage {
  readonly arrival: Arrival;
  /** Listeners that are still running or awaiting. */
  runningCount: number;
  /** Whether no further listener will be called. */
  isClosed: boolean;
  longestMs: number;
}

/** Times the listeners of each message, and records its point when the last of them is done. */
export class ListenerTimes {
  readonly #messages: MessageRecorder;
  /** In the order of arrival. */
  readonly #open = new Map<MessageContext, OpenMessage>();
  #timer: NodeJS.Timeout | undefined;

  constructor(messages: MessageRecorder) {
    this.#messages = messages;
  }

  /** A message arrived, whose listeners run in this context. */
  open(context: MessageContext, arrival: Arrival): void {
    this.#open.set(context, { arrival, runningCount: 0, isClosed: false, longestMs: 0 });
    this.#startTimer(MAX_LISTENER_TIME_MS);
  }

  /** A listener begins. */
  start(context: MessageContext): void {
    const message = this.#open.get(context);
    if (message !== undefined) message.runningCount += 1;
  }

  /** A listener that began at this time of `performance.now()` is done, and what it awaited too. */
  end(context: MessageContext, startedMs: number): void {
    const message = this.#open.get(context);
    if (message === undefined) return;
    message.runningCount -= 1;
    message.longestMs = Math.max(message.longestMs, performance.now() - startedMs);
    this.#recordIfDone(context, message);
  }

  /** No further listener of this message will be called. */
  close(context: MessageContext): void {
    const message = this.#open.get(context);
    if (message === undefined) return;
    message.isClosed = true;
    this.#recordIfDone(context, message);
  }

  /** Records all messages that are still open. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [context, message] of this.#open) this.#record(context, message);
  }

  #recordIfDone(context: MessageContext, message: OpenMessage): void {
    if (message.isClosed && message.runningCount === 0) this.#record(context, message);
  }

  #record(context: MessageContext, message: OpenMessage): void {
    this.#open.delete(context);
    const soFarMs = message.runningCount > 0 ? performance.now() - context.receivedAtMs : 0;
    this.#messages.record(message.arrival, Math.max(message.longestMs, soFarMs) / 1000);
  }

  /** One timer for all, for the oldest: a listener that never ends must not hold its message's point back for ever. */
  #startTimer(delayMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#recordOverdue();
    }, delayMs).unref();
  }

  #recordOverdue(): void {
    const nowMs = performance.now();
    for (const [context, message] of this.#open) {
      const leftMs = context.receivedAtMs + MAX_LISTENER_TIME_MS - nowMs;
      if (leftMs > 0) {
        this.#startTimer(leftMs);
        return;
      }
      this.#record(context, message);
    }
  }
}
