import { AsyncLocalStorage } from 'node:async_hooks';
import { processWide } from '../process/process-wide.ts';

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

const storage = processWide('core.message-context', 1, () => new AsyncLocalStorage<MessageContext>());

/** The context of `runSynchronouslyWithMessage`, while its function runs. */
const synchronous = processWide('core.synchronous-message', 1, () => ({
  context: undefined as MessageContext | undefined,
}));

/** Runs a function in a message's context. The first call switches promise hooks on for the process. */
export function runWithMessage<Result>(context: MessageContext, fn: () => Result): Result {
  if (synchronous.context === undefined) return storage.run(context, fn);
  // The inner call wins: this one, though the other is what currentMessage() asks first.
  return storage.run(context, () => runSynchronouslyWithMessage(context, fn));
}

/**
 * Runs a function in a message's context that ends when the function returns: no await carries it on.
 *
 * It costs next to nothing and, unlike `runWithMessage`, never switches promise hooks on for the process.
 */
export function runSynchronouslyWithMessage<Result>(context: MessageContext, fn: () => Result): Result {
  const outer = synchronous.context;
  synchronous.context = context;
  try {
    return fn();
  } finally {
    synchronous.context = outer;
  }
}

/**
 * The context of the Redis message whose handling led here, if asynchronous context still carries it.
 *
 * It is lost in hand-made queues, batches and `events.on()` loops: keep what this returns beside the job, and give it
 * back with `runWithMessage`.
 */
export function currentMessage(): MessageContext | undefined {
  return synchronous.context ?? storage.getStore();
}
