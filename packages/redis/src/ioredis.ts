import { EventEmitter } from 'node:events';
import type { MessageContext } from '@influx-monitoring/core';
import { patchDuplicate } from './duplicate.ts';
import { CONNECTION_CLOSED_CODE } from './error-code.ts';
import type { ClientLibrary, Instrumentation, InstrumentationInit } from './instrumentation.ts';
import type { Listener } from './listener-runner.ts';
import { MethodPatches, hasMethod, type Method } from './method-patches.ts';
import { watchCommand } from './watch-command.ts';

/** One of the events by which ioredis delivers a message. */
interface MessageEvent {
  readonly kind: 'message' | 'pmessage' | 'smessage';
  readonly isBuffer: boolean;
  /** Where in the event's arguments, its name included, the channel stands; the message follows. */
  readonly channelIndex: number;
}

const MESSAGE_EVENTS: ReadonlyMap<unknown, MessageEvent> = new Map<string, MessageEvent>([
  ['message', { kind: 'message', isBuffer: false, channelIndex: 1 }],
  ['messageBuffer', { kind: 'message', isBuffer: true, channelIndex: 1 }],
  ['pmessage', { kind: 'pmessage', isBuffer: false, channelIndex: 2 }],
  ['pmessageBuffer', { kind: 'pmessage', isBuffer: true, channelIndex: 2 }],
  ['smessage', { kind: 'smessage', isBuffer: false, channelIndex: 1 }],
  ['smessageBuffer', { kind: 'smessage', isBuffer: true, channelIndex: 1 }],
]);

// Compared and never called.
// eslint-disable-next-line @typescript-eslint/unbound-method
const NODES_EMIT = EventEmitter.prototype.emit;

/** A cluster says so of the errors of its nodes. */
const ERROR_EVENTS: ReadonlySet<unknown> = new Set(['error', 'node error']);

const SUBSCRIBE_METHODS = ['subscribe', 'psubscribe', 'ssubscribe'] as const;

/** What is read of a `Redis` or a `Cluster`; some of it is private to them, and so may be missing one day. */
interface IoredisClient extends EventEmitter {
  readonly manuallyClosing?: boolean;
  readonly mode?: string;
  readonly status?: string;
}

/** `Redis` and `Cluster` of ioredis 5 and 6. */
export const IOREDIS: ClientLibrary = {
  isClient: (target) => ['emit', 'rawListeners', 'subscribe', 'psubscribe'].every((name) => hasMethod(target, name)),
  isSubscribed: (target) => isSubscribed(asIoredis(target)),
  instrument: (target, init) => {
    const instrumentation = new IoredisInstrumentation(asIoredis(target), init);
    instrumentation.install();
    return instrumentation;
  },
};

/**
 * ioredis emits each message as text, if anybody listens to that, and then always as Buffers. So `emit` sees every
 * message exactly once, and no listener needs to be replaced.
 */
class IoredisInstrumentation implements Instrumentation {
  readonly #client: IoredisClient;
  readonly #init: InstrumentationInit;
  readonly #patches: MethodPatches;
  readonly #prototype: IoredisClient;
  /** Whether `emit` was the client's own before we came: then it does more than Node's. */
  readonly #hasOwnEmit: boolean;
  /** The message whose text was emitted and whose Buffers are about to be, and its kind. */
  #textContext: MessageContext | undefined;
  #textKind: MessageEvent['kind'] | undefined;
  #hadError = false;
  #isActive = true;

  constructor(client: IoredisClient, init: InstrumentationInit) {
    this.#client = client;
    this.#init = init;
    this.#patches = new MethodPatches(client);
    this.#prototype = asIoredis(Object.getPrototypeOf(client) as object);
    this.#hasOwnEmit = Object.hasOwn(client, 'emit') || EventEmitter.captureRejections;
  }

  install(): void {
    const patches = this.#patches;
    patches.replace('emit', (original) => this.#emit(original));
    // Both are private to it: a version without them only tells less.
    if (hasMethod(this.#client, 'silentEmit')) patches.replace('silentEmit', (original) => this.#silentEmit(original));
    if (hasMethod(this.#client, 'setStatus')) patches.replace('setStatus', (original) => this.#setStatus(original));
    for (const name of SUBSCRIBE_METHODS) {
      if (hasMethod(this.#client, name)) patches.replace(name, (original) => this.#subscribe(original));
    }
    patchDuplicate(this.#client, patches, this.#init);
  }

  uninstall(): void {
    this.#isActive = false;
    this.#patches.restore();
    this.#closeText();
  }

  #emit(original: Method): Method {
    const emit = (emitter: unknown, args: unknown[]): unknown => {
      const event = this.#isActive ? MESSAGE_EVENTS.get(args[0]) : undefined;
      // A cluster with sharded subscribers emits one argument more, undefined.
      if (event !== undefined && args.length >= event.channelIndex + 2) {
        return this.#emitMessage(event, original, emitter, args);
      }
      if (this.#isActive && ERROR_EVENTS.has(args[0])) this.#recordError(args[1]);
      return Reflect.apply(original, emitter, args);
    };
    return function (...args) {
      return emit(this, args);
    };
  }

  #emitMessage(event: MessageEvent, original: Method, emitter: unknown, args: unknown[]): unknown {
    const { runner } = this.#init;
    const context = this.#contextOf(event, args);
    let isDelivered = false;
    try {
      const hasListeners = this.#deliver(context, original, emitter, args);
      isDelivered = true;
      return hasListeners;
    } finally {
      // The Buffers follow only where no listener of the text threw.
      if (isDelivered && !event.isBuffer) {
        this.#textContext = context;
        this.#textKind = event.kind;
      } else {
        runner.close(context);
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
    return this.#init.runner.arrive(args[event.channelIndex + 1], args[event.channelIndex]);
  }

  #closeText(): void {
    if (this.#textContext === undefined) return;
    this.#init.runner.close(this.#textContext);
    this.#textContext = undefined;
  }

  /** Does what Node's `emit` does: only so it is seen what a listener returns. Whoever replaced that is called. */
  #deliver(context: MessageContext, original: Method, emitter: unknown, args: unknown[]): unknown {
    const { runner } = this.#init;
    if (this.#hasOwnEmit || this.#prototype.emit !== NODES_EMIT) {
      return runner.enter(context, () => runner.call(context, original, emitter, args));
    }
    // The name of a message event: `MESSAGE_EVENTS` has it.
    const name = args[0] as string;
    if (this.#client.listenerCount(name) === 0) return false;
    const listeners = this.#client.rawListeners(name) as Listener[];
    const listenerArgs = args.slice(1);
    runner.enter(context, () => {
      for (const listener of listeners) runner.call(context, listener, emitter, listenerArgs);
    });
    return true;
  }

  /** Without a listener for `error`, ioredis prints an error instead of emitting it. */
  #silentEmit(original: Method): Method {
    const observe = (args: readonly unknown[]): void => {
      // What it keeps to itself is no error: the connection was closed on purpose.
      const isKept = this.#client.status === 'end' || this.#client.manuallyClosing === true;
      if (this.#isActive && args[0] === 'error' && !isKept) this.#recordError(args[1]);
    };
    return function (...args) {
      observe(args);
      return Reflect.apply(original, this, args);
    };
  }

  /** Only here it is known whether a connection that closes was up, and whether that was asked for. */
  #setStatus(original: Method): Method {
    const observe = (status: unknown): void => {
      const { status: before, manuallyClosing } = this.#client;
      if (status === 'connecting') this.#hadError = false;
      const wasUp = before === 'ready' || before === 'connect';
      const isRecorded = this.#isActive && this.#init.options.recordCloses !== false;
      if (status !== 'close' || !wasUp || manuallyClosing === true || this.#hadError || !isRecorded) return;
      this.#init.errors.recordLimited(CONNECTION_CLOSED_CODE);
    };
    return function (...args) {
      observe(args[0]);
      return Reflect.apply(original, this, args);
    };
  }

  #recordError(error: unknown): void {
    this.#hadError = true;
    this.#init.errors.recordConnectionError(error);
  }

  #subscribe(original: Method): Method {
    const { errors, silence } = this.#init;
    const subscribe = (thisArg: unknown, args: unknown[]): unknown =>
      watchCommand(() => Reflect.apply(original, thisArg, args), {
        onDone: () => silence?.begin(),
        onFailed: (error) => {
          errors.recordSubscribeError(error);
        },
        hasCallback: typeof args.at(-1) === 'function',
      });
    const isActive = (): boolean => this.#isActive;
    return function (...args) {
      return isActive() ? subscribe(this, args) : Reflect.apply(original, this, args);
    };
  }
}

function isSubscribed({ mode, status }: IoredisClient): boolean | undefined {
  if (status === 'end') return false;
  // While it is away, its subscriptions wait for the next connection.
  return mode === undefined || status !== 'ready' ? undefined : mode === 'subscriber';
}

function asIoredis(target: object): IoredisClient {
  // `isClient` was asked: it is an EventEmitter, and every other property may be missing.
  return target as IoredisClient;
}
