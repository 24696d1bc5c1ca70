import { patchDuplicate } from './duplicate.ts';
import type { ClientLibrary, Instrumentation, InstrumentationInit } from './instrumentation.ts';
import type { Listener } from './listener-runner.ts';
import { KeyRegister, ListenerTable, type Kind, type Listening } from './listening.ts';
import { exchangeListeners, exchangeListenersOf, tellsListeners } from './live-listeners.ts';
import { MessageBoundary } from './message-boundary.ts';
import { MethodPatches, hasMethod, type Method } from './method-patches.ts';
import { watchCommand } from './watch-command.ts';

interface PubSubMethods {
  readonly kind: Kind;
  readonly subscribe: readonly [lower: string, upper: string];
  readonly unsubscribe: readonly [lower: string, upper: string];
}

const METHODS: readonly PubSubMethods[] = [
  { kind: 'CHANNELS', subscribe: ['subscribe', 'SUBSCRIBE'], unsubscribe: ['unsubscribe', 'UNSUBSCRIBE'] },
  { kind: 'PATTERNS', subscribe: ['pSubscribe', 'PSUBSCRIBE'], unsubscribe: ['pUnsubscribe', 'PUNSUBSCRIBE'] },
  { kind: 'SHARDED', subscribe: ['sSubscribe', 'SSUBSCRIBE'], unsubscribe: ['sUnsubscribe', 'SUNSUBSCRIBE'] },
];

/** Where in `subscribe(channels, listener, bufferMode)` what stands. */
const LISTENER_INDEX = 1;
const BUFFER_MODE_INDEX = 2;

/** Clients, clusters and sentinels of node-redis 4.6, 5 and 6. */
export const NODE_REDIS: ClientLibrary = {
  isClient: (target) =>
    hasMethod(target, 'emit') &&
    METHODS.every(({ subscribe, unsubscribe }) =>
      [...subscribe, ...unsubscribe].every((name) => hasMethod(target, name)),
    ),
  isSubscribed: (target) => {
    // Only a client says whether it is subscribed; the others, whether they are open.
    const { isOpen, isPubSubActive } = target as { isOpen?: boolean; isPubSubActive?: boolean };
    return isOpen === false ? false : isPubSubActive;
  },
  instrument: (target, init) => {
    const instrumentation = new NodeRedisInstrumentation(target, init);
    instrumentation.install();
    return instrumentation;
  },
};

class NodeRedisInstrumentation implements Instrumentation {
  readonly #target: object;
  readonly #init: InstrumentationInit;
  readonly #patches: MethodPatches;
  readonly #boundary: MessageBoundary;
  readonly #table = new ListenerTable((listening) => this.#wrap(listening));
  readonly #registers: Readonly<Record<Kind, KeyRegister | undefined>>;
  #isActive = true;

  constructor(target: object, init: InstrumentationInit) {
    this.#target = target;
    this.#init = init;
    this.#patches = new MethodPatches(target);
    this.#boundary = new MessageBoundary(init.runner);
    // A sentinel's clients are hidden, so what they are subscribed to is kept here.
    const isHidden = !tellsListeners(target);
    this.#registers = {
      CHANNELS: isHidden ? new KeyRegister() : undefined,
      PATTERNS: new KeyRegister(),
      SHARDED: isHidden ? new KeyRegister() : undefined,
    };
  }

  install(): void {
    const patches = this.#patches;
    for (const { kind, subscribe, unsubscribe } of METHODS) {
      for (const name of subscribe) patches.replace(name, (original) => this.#subscribe(kind, original));
      for (const name of unsubscribe) patches.replace(name, (original) => this.#unsubscribe(kind, original));
    }
    patches.replace('emit', (original) => this.#emit(original));
    patchDuplicate(this.#target, patches, this.#init);
    exchangeListeners(this.#target, this.#toWrapped);
  }

  uninstall(): void {
    this.#isActive = false;
    this.#boundary.end();
    this.#patches.restore();
    exchangeListeners(this.#target, this.#toOriginal);
    for (const kind of Object.keys(this.#registers) as Kind[]) this.#exchangeHidden(kind);
  }

  #wrap(listening: Listening): Listener {
    const { original } = listening;
    const { runner } = this.#init;
    const boundary = this.#boundary;
    // Two parameters, as the client gives, rather than the rest: 0.08 µs a message.
    return (message: unknown, channel: unknown) => {
      const args = [message, channel];
      if (!this.#isActive) return Reflect.apply(original, undefined, args) as unknown;
      const context = boundary.contextOf(listening, message, channel);
      return runner.enter(context, () => runner.call(context, original, undefined, args));
    };
  }

  #subscribe(kind: Kind, original: Method): Method {
    const subscribe = (thisArg: unknown, args: unknown[]): unknown => {
      const listener = args[LISTENER_INDEX];
      if (!this.#isActive || !isListener(listener)) return Reflect.apply(original, thisArg, args);
      // A cluster whose nodes changed subscribes anew with the functions it holds: those are ours.
      const listening = this.#table.ofWrapped(listener) ?? this.#table.of(kind, isBufferMode(args), listener);
      return watchCommand(() => Reflect.apply(original, thisArg, withListener(args, listening.wrapped)), {
        onDone: () => {
          this.#registers[kind]?.add(keysOf(args[0]), listening);
          this.#afterSubscribe(kind);
        },
        onFailed: (error) => {
          this.#init.errors.recordSubscribeError(error);
        },
      });
    };
    return function (...args) {
      return subscribe(this, args);
    };
  }

  #unsubscribe(kind: Kind, original: Method): Method {
    const unsubscribe = (thisArg: unknown, args: unknown[]): unknown => {
      if (!this.#isActive) return Reflect.apply(original, thisArg, args);
      const listener = args[LISTENER_INDEX];
      const listening = isListener(listener) ? this.#listeningOf(kind, listener, args) : undefined;
      const command = (): unknown =>
        Reflect.apply(original, thisArg, listening === undefined ? args : withListener(args, listening.wrapped));
      const register = this.#registers[kind];
      if (register === undefined) return command();
      return watchCommand(command, {
        onDone: () => {
          if (args[0] === undefined) register.clear();
          else register.remove(keysOf(args[0]), listening);
        },
      });
    };
    return function (...args) {
      return unsubscribe(this, args);
    };
  }

  /** The listening that a user's function has, if any. */
  #listeningOf(kind: Kind, listener: Listener, args: readonly unknown[]): Listening | undefined {
    const listening = this.#table.ofWrapped(listener) ?? this.#table.find(kind, isBufferMode(args), listener);
    // Where the command was on its way when we came, the client holds the user's own function.
    if (listening !== undefined) exchangeListenersOf(this.#target, kind, keysOf(args[0]), this.#toWrapped);
    return listening;
  }

  #emit(original: Method): Method {
    const observe = (args: readonly unknown[]): void => {
      if (!this.#isActive) return;
      // A cluster and a sentinel tell so of the errors of their nodes.
      if (args[0] === 'error' || args[0] === 'node-error') this.#init.errors.recordConnectionError(args[1]);
      else if (args[0] === 'client-error') this.#init.errors.recordConnectionError(errorOfEvent(args[1]));
    };
    return function (...args) {
      observe(args);
      return Reflect.apply(original, this, args);
    };
  }

  #afterSubscribe(kind: Kind): void {
    if (this.#isActive) {
      this.#init.silence?.begin();
      return;
    }
    // Uninstrumented while the command was on its way: only now the client has our function.
    exchangeListeners(this.#target, this.#toOriginal);
    this.#exchangeHidden(kind);
  }

  readonly #toWrapped = (kind: Kind, isBuffer: boolean, listener: Listener): Listener => {
    if (!isListener(listener) || this.#table.ofWrapped(listener) !== undefined) return listener;
    const listening = this.#table.of(kind, isBuffer, listener);
    return listening.wrapped;
  };

  readonly #toOriginal = (_kind: Kind, _isBuffer: boolean, listener: Listener): Listener =>
    this.#table.ofWrapped(listener)?.original ?? listener;

  /**
   * Gives the user's functions back to a sentinel's hidden client. With a channel that is subscribed already both calls
   * change its Sets and send nothing.
   */
  #exchangeHidden(kind: Kind): void {
    const methods = METHODS.find((each) => each.kind === kind);
    const { isOpen } = this.#target as { isOpen?: boolean };
    if (methods === undefined || tellsListeners(this.#target) || isOpen !== true) return;
    const register = this.#registers[kind];
    for (const [key, { isBuffer, original, wrapped }] of register?.entries() ?? []) {
      callQuietly(this.#target, methods.subscribe[0], [key, original, isBuffer]);
      callQuietly(this.#target, methods.unsubscribe[0], [key, wrapped, isBuffer]);
    }
    register?.clear();
  }
}

function isListener(value: unknown): value is Listener {
  return typeof value === 'function';
}

function isBufferMode(args: readonly unknown[]): boolean {
  return Boolean(args[BUFFER_MODE_INDEX]);
}

function withListener(args: readonly unknown[], listener: Listener): unknown[] {
  const translated = [...args];
  translated[LISTENER_INDEX] = listener;
  return translated;
}

/** Channels as the client keeps them: it takes one or an array, of strings or Buffers. */
function keysOf(channels: unknown): string[] {
  return (Array.isArray(channels) ? channels : [channels]).map(String);
}

function errorOfEvent(event: unknown): unknown {
  return typeof event === 'object' && event !== null && 'error' in event ? event.error : event;
}

function callQuietly(target: object, name: string, args: readonly unknown[]): void {
  const result: unknown = Reflect.apply(Reflect.get(target, name) as Method, target, args);
  if (result instanceof Promise) result.catch(() => undefined);
}
