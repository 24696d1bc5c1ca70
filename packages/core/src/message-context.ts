import { AsyncLocalStorage } from 'node:async_hooks';
import { processWide } from './process-wide.ts';

/** What is known of the Redis message that is being handled. */
export interface MessageContext {
  /** The channel it came on. */
  readonly channel: string;
  /** When it arrived, in seconds since the epoch. */
  readonly receivedAt: number;
  /** When it arrived, in milliseconds of `performance.now()`: what durations are taken from. */
  readonly receivedAtMs: number;
  /** `none` where the message carries none. */
  readonly requestId: string;
}

const storage = processWide('message-context', () => new AsyncLocalStorage<MessageContext>());

/** Runs a function in a message's context. The first call switches promise hooks on for the process. */
export function runWithMessage<Result>(context: MessageContext, fn: () => Result): Result {
  return storage.run(context, fn);
}

/**
 * The context of the Redis message whose handling led here, if asynchronous context still carries it.
 *
 * It is lost in hand-made queues, batches and `events.on()` loops: keep what this returns beside the job, and give it
 * back with `runWithMessage`.
 */
export function currentMessage(): MessageContext | undefined {
  return storage.getStore();
}
