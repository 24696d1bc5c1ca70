import { exchangeListeners, exchangeListenersOf, tellsListeners } from './live-listeners.ts';
import type { Instrumentation, InstrumentationInit } from './instrumentation.ts';
import type { Listener } from './listener-runner.ts';
import { KeyRegister, ListenerTable, type Kind, type Listening } from './listening.ts';
import { MessageBoundary } from './message-boundary.ts';
import { MethodPatches, hasMethod, type Method } from './method-patches.ts';
import { watchSubscribe } from './subscribe-result.ts';

const SUBSCRIBE_METHODS: readonly (readonly [string, Kind])[] = [
  ['subscribe', 'CHANNELS'],
  ['SUBSCRIBE', 'CHANNELS'],
  ['pSubscribe', 'PATTERNS'],
  ['PSUBSCRIBE', 'PATTERNS'],
  ['sSubscribe', 'SHARDED'],
  ['SSUBSCRIBE', 'SHARDED'],
];

const UNSUBSCRIBE_METHODS: readonly (readonly [string, Kind])[] = [
  ['unsubscribe', 'CHANNELS'],
  ['UNSUBSCRIBE', 'CHANNELS'],
  ['pUnsubscribe', 'PATTERNS'],
  ['PUNSUBSCRIBE', 'PATTERNS'],
  ['sUnsubscribe', 'SHARDED'],
  ['SUNSUBSCRIBE', 'SHARDED'],
];

/** Where in `subscribe(channels, listener, bufferMode)` what stands. */
const LISTENER_INDEX = 1;
const BUFFER_MODE_INDEX = 2;

/** Whether an object has the methods of a node-redis client, cluster or sentinel. */
export function isNodeRedis(target: object): boolean {
  return SUBSCRIBE_METHODS.every(([name]) => hasMethod(target, name)) && hasMethod(target, 'emit');
}

/** Instruments a client, cluster or sentinel of node-redis 4, 5 or 6. */
export function instrumentNodeRedis(target: object, init: InstrumentationInit): Instrumentation {
  const instrumentation = new NodeRedisInstrumentation(target, init);
  instrumentation.install();
  return instrumentation;
}

class NodeRedisInstrumentation implements Instrumentation {
  readonly #target: object;
  readonly #init: InstrumentationInit;
  readonly #patches: MethodPatches;
  readonly #boundary: MessageBoundary;
  readonly #table: ListenerTable;
  readonly #registers: Readonly<Record<Kind, KeyRegister | undefined>>;
  #isActive = true;

  constructor(target: object, init: InstrumentationInit) {
    this.#target = target;
    this.#init = init;
    this.#patches = new MethodPatches(target);
    this.#boundary = new MessageBoundary({
      arrive: (message, channel) => init.runner.arrive(message, channel),
      close: (context) => {
        init.runner.close(context);
      },
    });
    this.#table = new ListenerTable((listening) => this.#wrap(listening));
    const isSentinel = !tellsListeners(target);
    this.#registers = {
      CHANNELS: isSentinel ? new KeyRegister() : undefined,
      PATTERNS: new KeyRegister(),
      SHARDED: isSentinel ? new KeyRegister() : undefined,
    };
  }

  install(): void {
    for (const [name, kind] of SUBSCRIBE_METHODS) {
      this.#patches.replace(name, (original) => this.#subscribe(kind, original));
    }
    for (const [name, kind] of UNSUBSCRIBE_METHODS) {
      this.#patches.replace(name, (original) => this.#unsubscribe(kind, original));
    }
    exchangeListeners(this.#target, (kind, isBuffer, listener) => this.#wrappedOf(kind, isBuffer, listener));
  }

  uninstall(): void {
    this.#isActive = false;
    this.#patches.restore();
    exchangeListeners(this.#target, (_kind, _isBuffer, listener) => this.#originalOf(listener));
  }

  #wrap(listening: Listening): Listener {
    const { original } = listening;
    return (...args: unknown[]) => {
      if (!this.#isActive) return Reflect.apply(original, undefined, args);
      const { runner } = this.#init;
      const context = this.#boundary.contextOf(listening, args[0], args[1]);
      return runner.enter(context, () => runner.call(context, original, undefined, args));
    };
  }

  #subscribe(kind: Kind, original: Method): Method {
    const subscribe = (thisArg: unknown, args: unknown[]): unknown => {
      const listener = args[LISTENER_INDEX];
      if (!this.#isActive || !isListener(listener)) return Reflect.apply(original, thisArg, args);
      const isBuffer = Boolean(args[BUFFER_MODE_INDEX]);
      // A cluster subscribes anew, after its nodes changed, with the functions it holds: those are ours.
      const listening = this.#table.ofWrapped(listener) ?? this.#table.of(kind, isBuffer, listener);
      this.#registers[kind]?.add(keysOf(args[0]), listening);
      return watchSubscribe(
        () => Reflect.apply(original, thisArg, withListener(args, listening.wrapped)),
        this.#init.errors,
        () => {
          this.#afterSubscribe();
        },
      );
    };
    return function (...args) {
      return subscribe(this, args);
    };
  }

  #unsubscribe(kind: Kind, original: Method): Method {
    const translate = (args: unknown[]): unknown[] => {
      const keys = keysOf(args[0]);
      const listener = args[LISTENER_INDEX];
      if (!isListener(listener)) {
        if (args[0] === undefined) this.#registers[kind]?.clear();
        else this.#registers[kind]?.remove(keys);
        return args;
      }
      const isBuffer = Boolean(args[BUFFER_MODE_INDEX]);
      const listening = this.#table.ofWrapped(listener) ?? this.#table.find(kind, isBuffer, listener);
      if (listening === undefined) return args;
      this.#registers[kind]?.remove(keys, listening);
      // A subscription from before that was answered after we came has the user's own function.
      exchangeListenersOf(this.#target, kind, keys, (...each) => this.#wrappedOf(...each));
      return withListener(args, listening.wrapped);
    };
    const isActive = () => this.#isActive;
    return function (...args) {
      return Reflect.apply(original, this, isActive() ? translate(args) : args);
    };
  }

  #afterSubscribe(): void {
    if (this.#isActive) this.#init.silence?.begin();
    // Uninstrumented while the command was on its way: only now the client has our function.
    else exchangeListeners(this.#target, (_kind, _isBuffer, listener) => this.#originalOf(listener));
  }

  #wrappedOf(kind: Kind, isBuffer: boolean, listener: Listener): Listener {
    if (!isListener(listener) || this.#table.ofWrapped(listener) !== undefined) return listener;
    return this.#table.of(kind, isBuffer, listener).wrapped;
  }

  #originalOf(listener: Listener): Listener {
    return this.#table.ofWrapped(listener)?.original ?? listener;
  }
}

function isListener(value: unknown): value is Listener {
  return typeof value === 'function';
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
