import type { EventEmitter } from 'node:events';
import type { MessageContext } from '@influx-monitoring/core';
import type { Method } from '@influx-monitoring/core/internal';
import type { ClientLibrary, Instrumentation } from '../clients/client-library.ts';
import { observeCommand } from '../clients/command-outcome.ts';
import { replaceDuplicate } from '../clients/duplicates.ts';
import { PatchedMethods, hasMethod } from '../clients/patched-methods.ts';
import type { Dispatch } from '../messages/dispatch.ts';
import { MESSAGE_EVENTS, type MessageEvent } from './message-events.ts';
import { ObservedEmit } from './observed-emit.ts';
import { isSubscribed } from './subscriptions.ts';

/** A cluster says so of the errors of its nodes. */
const ERROR_EVENTS: ReadonlySet<unknown> = new Set(['error', 'node error']);

const SUBSCRIBE_METHODS = ['subscribe', 'psubscribe', 'ssubscribe'] as const;

/** What is read of a `Redis` or a `Cluster`; some of it is private to them, and so may be missing one day. */
interface IoredisClient extends EventEmitter {
  readonly manuallyClosing?: boolean;
  readonly status?: string;
}

/** `Redis` and `Cluster` of ioredis 5 and 6. */
export const IOREDIS: ClientLibrary = {
  isClient: (target) => ['emit', 'rawListeners', 'subscribe', 'psubscribe'].every((name) => hasMethod(target, name)),
  prepare: (target, dispatch) => new IoredisInstrumentation(asIoredis(target), dispatch),
};

/**
 * ioredis emits each message as text, if anybody listens to that, and then always as Buffers. So `emit` sees every
 * message exactly once, and no listener needs to be replaced.
 */
class IoredisInstrumentation implements Instrumentation {
  readonly #client: IoredisClient;
  readonly #dispatch: Dispatch;
  readonly #methods: PatchedMethods;
  readonly #observedEmit: ObservedEmit;
  /** The message whose text was emitted and whose Buffers are about to be, and its kind. */
  #textContext: MessageContext | undefined;
  #textKind: MessageEvent['kind'] | undefined;
  #hadError = false;

  constructor(client: IoredisClient, dispatch: Dispatch) {
    this.#client = client;
    this.#dispatch = dispatch;
    this.#observedEmit = new ObservedEmit(dispatch);
    this.#methods = new PatchedMethods((name) => {
      // Without it no message is seen: that is an error, and said as one.
      if (name !== 'emit') dispatch.methodRefused(name);
    });
  }

  install(): boolean {
    if (!this.#replaceEmit()) return false;
    // Both are private to it: a version without them only tells less.
    this.#replaceSilentEmit();
    this.#replaceSetStatus();
    for (const name of SUBSCRIBE_METHODS) this.#replaceSubscribe(name);
    replaceDuplicate(this.#client, this.#methods, this.#dispatch);
    return true;
  }

  isSubscribed(): boolean | undefined {
    return isSubscribed(this.#client);
  }

  uninstall(): void {
    this.#methods.undo();
    this.#closeText();
  }

  #replaceEmit(): boolean {
    return this.#methods.replace(this.#client, 'emit', (original, state) => {
      const emit = (emitter: unknown, args: unknown[]): unknown => {
        const event = MESSAGE_EVENTS.get(args[0]);
        // A cluster with sharded subscribers emits one argument more, undefined.
        if (event !== undefined && args.length >= event.channelIndex + 2) {
          return this.#emitMessage(event, original, emitter, args);
        }
        if (ERROR_EVENTS.has(args[0])) this.#recordError(args[1]);
        return Reflect.apply(original, emitter, args);
      };
      return function (...args) {
        return state.isOn ? emit(this, args) : Reflect.apply(original, this, args);
      };
    });
  }

  #emitMessage(event: MessageEvent, original: Method, emitter: unknown, args: unknown[]): unknown {
    const context = this.#contextOf(event, args);
    let isDelivered = false;
    try {
      const hasListeners = this.#observedEmit.emit(context, original, emitter, args);
      isDelivered = true;
      return hasListeners;
    } finally {
      // The Buffers follow only where no listener of the text threw.
      if (isDelivered && !event.isBuffer) {
        this.#textContext = context;
        this.#textKind = event.kind;
      } else {
        this.#dispatch.close(context);
      }
    }
  }

  #contextOf(event: MessageEvent, args: readonly unknown[]): MessageContext {
    const context = this.#textContext;
    if (context !== undefined && event.isBuffer && this.#textKind === event.kind) {
      this.#textContext = undefined;
      return context;
    }
    this.#closeText();
    return this.#dispatch.arrive(args[event.channelIndex + 1], args[event.channelIndex]);
  }

  #closeText(): void {
    if (this.#textContext === undefined) return;
    this.#dispatch.close(this.#textContext);
    this.#textContext = undefined;
  }

  /** Without a listener for `error`, ioredis prints an error instead of emitting it. */
  #replaceSilentEmit(): void {
    const observe = (args: readonly unknown[]): void => {
      // What it keeps to itself is no error: the connection was closed on purpose.
      const isKept = this.#client.status === 'end' || this.#client.manuallyClosing === true;
      if (args[0] === 'error' && !isKept) this.#recordError(args[1]);
    };
    this.#methods.replace(
      this.#client,
      'silentEmit',
      (original, state) =>
        function (...args) {
          if (state.isOn) observe(args);
          return Reflect.apply(original, this, args);
        },
    );
  }

  /** Only here it is known whether a connection that closes was up, and whether that was asked for. */
  #replaceSetStatus(): void {
    const observe = (status: unknown): void => {
      const { status: before, manuallyClosing } = this.#client;
      if (status === 'connecting') this.#hadError = false;
      const wasUp = before === 'ready' || before === 'connect';
      if (status !== 'close' || !wasUp || manuallyClosing === true || this.#hadError) return;
      this.#dispatch.connectionClosed();
    };
    this.#methods.replace(
      this.#client,
      'setStatus',
      (original, state) =>
        function (...args) {
          if (state.isOn) observe(args[0]);
          return Reflect.apply(original, this, args);
        },
    );
  }

  #recordError(error: unknown): void {
    this.#hadError = true;
    this.#dispatch.connectionFailed(error);
  }

  #replaceSubscribe(name: string): void {
    this.#methods.replace(this.#client, name, (original, state) => {
      const subscribe = (thisArg: unknown, args: unknown[]): unknown =>
        observeCommand(() => Reflect.apply(original, thisArg, args), {
          onDone: () => {
            if (state.isOn) this.#dispatch.subscribed();
          },
          onFailed: (error) => {
            this.#dispatch.subscribeFailed(error);
          },
          hasCallback: typeof args.at(-1) === 'function',
        });
      return function (...args) {
        return state.isOn ? subscribe(this, args) : Reflect.apply(original, this, args);
      };
    });
  }
}

function asIoredis(target: object): IoredisClient {
  // `isClient` was asked: it is an EventEmitter, and every other property may be missing.
  return target as IoredisClient;
}
