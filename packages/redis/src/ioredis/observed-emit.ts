import type { EventEmitter } from 'node:events';
import type { MessageContext } from '@influx-monitoring/core';
import type { Method } from '@influx-monitoring/core/internal';
import type { Dispatch, Listener } from '../messages/dispatch.ts';

type Listeners = Listener | Listener[];

/** What an emitter of Node's keeps, by event; without a property of that name it is another kind of emitter. */
type ListenersByEvent = Record<string | symbol, Listeners | undefined>;

/** The listeners of one event, while ours stand in their place. */
interface Exchange {
  readonly context: MessageContext;
  readonly listenersByEvent: ListenersByEvent;
  readonly event: string;
  readonly given: Listeners;
  readonly ours: Listeners;
}

/**
 * Emits the events of messages through whatever `emit` the client has, Node's own or another tool's (a tracer's, that of
 * node:domain), and yet calls each listener by itself: only so it is seen what one throws or returns, and the next one
 * can be called all the same.
 *
 * For as long as it takes `emit` to reach the first listener, ours stand in the place of the event's listeners. They are
 * gone before any of the user's runs: that one finds, adds and removes listeners as ever.
 */
export class ObservedEmit {
  readonly #dispatch: Dispatch;
  readonly #wrappers = new WeakMap<Listener, Listener>();
  #exchange: Exchange | undefined;

  constructor(dispatch: Dispatch) {
    this.#dispatch = dispatch;
  }

  /**
   * Emits one event of a message.
   *
   * @param original - the client's `emit`
   * @param args - the event's name, and what its listeners get
   */
  emit(context: MessageContext, original: Method, emitter: unknown, args: readonly unknown[]): unknown {
    const dispatch = this.#dispatch;
    const listenersByEvent = (emitter as EventEmitter & { readonly _events?: ListenersByEvent })._events;
    // The name of an event of messages, which is a text.
    const event = args[0] as string;
    if (listenersByEvent === undefined) {
      return dispatch.enter(context, () => dispatch.call(context, original, emitter, args));
    }
    const given = listenersByEvent[event];
    if (given === undefined) return Reflect.apply(original, emitter, args);
    const outer = this.#exchange;
    const ours = typeof given === 'function' ? this.#wrapperOf(given) : given.map(this.#wrapperOf);
    const exchange: Exchange = { context, listenersByEvent, event, given, ours };
    listenersByEvent[event] = ours;
    this.#exchange = exchange;
    try {
      return dispatch.enter(context, () => Reflect.apply(original, emitter, args));
    } finally {
      giveBack(exchange);
      this.#exchange = outer;
    }
  }

  readonly #wrapperOf = (listener: Listener): Listener => {
    let wrapper = this.#wrappers.get(listener);
    if (wrapper === undefined) this.#wrappers.set(listener, (wrapper = this.#wrap(listener)));
    return wrapper;
  };

  #wrap(listener: Listener): Listener {
    const call = (thisArg: unknown, args: readonly unknown[]): unknown => {
      const exchange = this.#exchange;
      // A tool kept ours, and calls it when the message is gone.
      if (exchange === undefined) return Reflect.apply(listener, thisArg, args);
      giveBack(exchange);
      return this.#dispatch.call(exchange.context, listener, thisArg, args);
    };
    const wrapper = function (this: unknown, ...args: unknown[]): unknown {
      return call(this, args);
    };
    // As Node marks what it calls instead of a listener of `once`: so a tool that asks is told the user's.
    const { listener: behind = listener } = listener as Listener & { readonly listener?: Listener };
    return Object.assign(wrapper, { listener: behind });
  }
}

function giveBack({ listenersByEvent, event, given, ours }: Exchange): void {
  if (listenersByEvent[event] === ours) listenersByEvent[event] = given;
}
