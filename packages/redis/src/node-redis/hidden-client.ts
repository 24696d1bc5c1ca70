import type { Method } from '@influx-monitoring/core/internal';
import { observeCommand } from '../clients/command-outcome.ts';
import type { PatchedMethods, ReplacementState } from '../clients/patched-methods.ts';
import type { Dispatch, Listener } from '../messages/dispatch.ts';
import { KeyRegister, ListenerTable, type HiddenListener } from './hidden-listeners.ts';
import { MessageBoundary } from './message-boundary.ts';
import { PUB_SUB_METHODS, type ListenerAccess } from './pub-sub-methods.ts';
import type { Kind } from './subscribed-clients.ts';

/** Where in `subscribe(channels, listener, bufferMode)` what stands. */
const LISTENER_INDEX = 1;
const BUFFER_MODE_INDEX = 2;

/**
 * The listeners of a sentinel, whose clients are hidden and so do not tell what they have: the client is given functions
 * of ours instead of the user's, and what it is subscribed to is kept here.
 */
export class HiddenClient implements ListenerAccess {
  readonly #target: object;
  readonly #dispatch: Dispatch;
  readonly #boundary: MessageBoundary;
  readonly #table = new ListenerTable((listener) => this.#wrap(listener));
  readonly #registers: Readonly<Record<Kind, KeyRegister>> = {
    CHANNELS: new KeyRegister(),
    PATTERNS: new KeyRegister(),
    SHARDED: new KeyRegister(),
  };
  #isOn = true;

  constructor(target: object, dispatch: Dispatch) {
    this.#target = target;
    this.#dispatch = dispatch;
    this.#boundary = new MessageBoundary(dispatch);
  }

  install(methods: PatchedMethods): void {
    for (const { kind, subscribe, unsubscribe } of PUB_SUB_METHODS) {
      for (const name of subscribe) {
        methods.replace(this.#target, name, (original, state) => this.#subscribe(kind, original, state));
      }
      for (const name of unsubscribe) {
        methods.replace(this.#target, name, (original, state) => this.#unsubscribe(kind, original, state));
      }
    }
  }

  isSubscribed(): boolean {
    return Object.values(this.#registers).some(({ size }) => size > 0);
  }

  uninstall(): void {
    this.#isOn = false;
    this.#boundary.end();
    for (const { kind } of PUB_SUB_METHODS) this.#giveBack(kind);
  }

  #wrap(listener: HiddenListener): Listener {
    const { original } = listener;
    const dispatch = this.#dispatch;
    return (message: unknown, channel: unknown) => {
      const args = [message, channel];
      if (!this.#isOn) return Reflect.apply(original, undefined, args) as unknown;
      const context = this.#boundary.contextOf(listener, message, channel);
      return dispatch.enter(context, () => dispatch.call(context, original, undefined, args));
    };
  }

  #subscribe(kind: Kind, original: Method, state: ReplacementState): Method {
    const subscribe = (thisArg: unknown, args: unknown[], given: Listener): unknown => {
      // A cluster whose nodes changed subscribes anew with the functions it holds: those are ours.
      const listener = this.#table.ofWrapped(given) ?? this.#table.of(kind, isBufferMode(args), given);
      return observeCommand(() => Reflect.apply(original, thisArg, withListener(args, listener.wrapped)), {
        onDone: () => {
          this.#registers[kind].add(keysOf(args[0]), listener);
          // Uninstrumented while the command was on its way: only now the client has our function.
          if (this.#isOn) this.#dispatch.subscribed();
          else this.#giveBack(kind);
        },
        onFailed: (error) => {
          this.#dispatch.subscribeFailed(error);
        },
      });
    };
    return function (...args) {
      const given = args[LISTENER_INDEX];
      return state.isOn && isListener(given) ? subscribe(this, args, given) : Reflect.apply(original, this, args);
    };
  }

  #unsubscribe(kind: Kind, original: Method, state: ReplacementState): Method {
    const unsubscribe = (thisArg: unknown, args: unknown[]): unknown => {
      const given = args[LISTENER_INDEX];
      const listener = isListener(given)
        ? (this.#table.ofWrapped(given) ?? this.#table.find(kind, isBufferMode(args), given))
        : undefined;
      const sent = listener === undefined ? args : withListener(args, listener.wrapped);
      return observeCommand(() => Reflect.apply(original, thisArg, sent), {
        onDone: () => {
          if (args[0] === undefined) this.#registers[kind].clear();
          else this.#registers[kind].remove(keysOf(args[0]), listener);
        },
      });
    };
    return function (...args) {
      return state.isOn ? unsubscribe(this, args) : Reflect.apply(original, this, args);
    };
  }

  /**
   * Gives the user's functions back to the hidden client. With a channel that is subscribed already both calls change its
   * Sets and send nothing.
   */
  #giveBack(kind: Kind): void {
    const methods = PUB_SUB_METHODS.find((each) => each.kind === kind);
    const { isOpen } = this.#target as { isOpen?: boolean };
    if (methods === undefined || isOpen !== true) return;
    const register = this.#registers[kind];
    for (const [key, { isBuffer, original, wrapped }] of register.entries()) {
      callQuietly(this.#target, methods.subscribe[0], [key, original, isBuffer]);
      callQuietly(this.#target, methods.unsubscribe[0], [key, wrapped, isBuffer]);
    }
    register.clear();
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

function callQuietly(target: object, name: string, args: readonly unknown[]): void {
  const result: unknown = Reflect.apply(Reflect.get(target, name) as Method, target, args);
  if (result instanceof Promise) result.catch(() => undefined);
}
