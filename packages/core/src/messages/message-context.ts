import { AsyncLocalStorage } from 'node:async_hooks';
import { processWide } from '../process/process-wide.ts';
import { isTooOldForProcess } from './message-age.ts';

/**
 * What is known of the Redis message that is being handled.
 *
 * @category Redis messages
 */
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

const storage = processWide('core.message-context', 1, () => new AsyncLocalStorage<MessageContext | undefined>());

/** The context of `runSynchronouslyWithMessage`, while its function runs. */
const synchronous = processWide('core.synchronous-message', 1, () => ({
  context: undefined as MessageContext | undefined,
}));

/**
 * Runs a function in a message's context. The first call switches promise hooks on for the process.
 *
 * @category Redis messages
 *
 * @example
 * ```ts
 * import { currentMessage, runWithMessage } from '@influx-monitoring/core';
 *
 * const jobs: (() => void)[] = [];
 * function enqueue(job: () => void): void {
 *   const message = currentMessage();
 *   jobs.push(message === undefined ? job : () => runWithMessage(message, job));
 * }
 * enqueue(() => console.log(currentMessage()?.channel));
 * ```
 */
export function runWithMessage<Result>(context: MessageContext, fn: () => Result): Result {
  if (synchronous.context === undefined) return storage.run(context, fn);
  // The inner call wins: this one, though the other is what currentMessage() asks first.
  return storage.run(context, () => runSynchronouslyWithMessage(context, fn));
}

/**
 * Runs a function, and all that it starts, outside the context of any message: what outlives the message whose handling
 * led here (an interval, a pool of connections, an upstream socket) would belong to that one for ever.
 *
 * @category Redis messages
 * @returns what the function returns
 *
 * @example
 * ```ts
 * import { runWithoutMessage } from '@influx-monitoring/core';
 *
 * let heartbeat: NodeJS.Timeout | undefined;
 * export function onMessage(beat: () => void): void {
 *   heartbeat ??= runWithoutMessage(() => setInterval(beat, 30_000));
 * }
 * ```
 */
export function runWithoutMessage<Result>(fn: () => Result): Result {
  // Without a context there is nothing to leave, and no reason to switch promise hooks on.
  if (storage.getStore() === undefined)
    return synchronous.context === undefined ? fn() : runInSynchronous(undefined, fn);
  return storage.run(undefined, () => runInSynchronous(undefined, fn));
}

/**
 * Runs a function in a message's context that ends when the function returns: no await carries it on.
 *
 * It costs next to nothing and, unlike `runWithMessage`, never switches promise hooks on for the process.
 *
 * @category Redis messages
 *
 * @example
 * ```ts
 * import { runSynchronouslyWithMessage, type MessageContext } from '@influx-monitoring/core';
 *
 * function forward(message: MessageContext, send: () => void): void {
 *   runSynchronouslyWithMessage(message, send);
 * }
 * ```
 */
export function runSynchronouslyWithMessage<Result>(context: MessageContext, fn: () => Result): Result {
  return runInSynchronous(context, fn);
}

/**
 * The context of the Redis message whose handling led here, if asynchronous context still carries it and the message is
 * no older than `maxMessageAgeSeconds` of the monitoring that was made last (60 where there is none).
 *
 * Hand-made queues, batches and `events.on()` loops lose it or take another's: keep what this returns beside the job, and
 * give it back with `runWithMessage`.
 *
 * @category Redis messages
 *
 * @example
 * ```ts
 * import { currentMessage } from '@influx-monitoring/core';
 *
 * console.log(currentMessage()?.requestId ?? 'no message led here');
 * ```
 */
export function currentMessage(): MessageContext | undefined {
  const message = carriedMessage();
  return message === undefined || isTooOldForProcess(message) ? undefined : message;
}

/** The message whose context is carried here, however old it is. */
export function carriedMessage(): MessageContext | undefined {
  return synchronous.context ?? storage.getStore();
}

/** Whether the context that is carried here ends with the function that runs now. */
export function isCarriedSynchronously(): boolean {
  return synchronous.context !== undefined;
}

/**
 * Calls a function in the context that was carried when something began, whatever is carried now: whoever calls back
 * later (a compressor, a socket that drained) has a context of its own.
 *
 * @param message - what `carriedMessage` said then; `undefined` calls the function outside any
 * @param wasSynchronous - what `isCarriedSynchronously` said then
 */
export function callAsCarried(message: MessageContext | undefined, wasSynchronous: boolean, call: () => void): void {
  if (carriedMessage() === message && isCarriedSynchronously() === wasSynchronous) call();
  else if (message === undefined) runWithoutMessage(call);
  else if (wasSynchronous) runInSynchronous(message, call);
  else
    storage.run(message, () => {
      runInSynchronous(undefined, call);
    });
}

function runInSynchronous<Result>(context: MessageContext | undefined, fn: () => Result): Result {
  const outer = synchronous.context;
  synchronous.context = context;
  try {
    return fn();
  } finally {
    synchronous.context = outer;
  }
}
