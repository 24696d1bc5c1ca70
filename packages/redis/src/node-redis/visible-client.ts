import type { PatchedMethods } from '../clients/patched-methods.ts';
import { observeCommand } from '../clients/command-outcome.ts';
import type { Dispatch } from '../messages/dispatch.ts';
import { ObservedListeners } from './observed-listeners.ts';
import { PUB_SUB_METHODS, type ListenerAccess } from './pub-sub-methods.ts';
import { connectingClientsOf, listenerMapsOf } from './subscribed-clients.ts';

/** The listeners of a client or a cluster, which tells what it has. */
export class VisibleClient implements ListenerAccess {
  readonly #target: object;
  readonly #dispatch: Dispatch;
  readonly #listeners: ObservedListeners;
  #isOn = true;

  constructor(target: object, dispatch: Dispatch) {
    this.#target = target;
    this.#dispatch = dispatch;
    this.#listeners = new ObservedListeners(dispatch);
  }

  install(methods: PatchedMethods): void {
    for (const target of [this.#target, ...promiseClientOf(this.#target)]) {
      for (const { subscribe } of PUB_SUB_METHODS) {
        for (const name of subscribe) this.#replaceSubscribe(methods, target, name);
      }
    }
    this.#observe();
  }

  isSubscribed(): boolean {
    return listenerMapsOf(this.#target).some((map) => map.size > 0);
  }

  uninstall(): void {
    this.#isOn = false;
    this.#listeners.end();
    for (const map of listenerMapsOf(this.#target)) this.#listeners.release(map);
  }

  #replaceSubscribe(methods: PatchedMethods, target: object, name: string): void {
    methods.replace(target, name, (original, state) => {
      const subscribe = (thisArg: unknown, args: unknown[]): unknown =>
        observeCommand(() => this.#send(() => Reflect.apply(original, thisArg, args)), {
          onDone: () => {
            this.#observe();
            if (state.isOn) this.#dispatch.subscribed();
          },
          onFailed: (error) => {
            this.#dispatch.subscribeFailed(error);
          },
        });
      return function (...args) {
        return state.isOn ? subscribe(this, args) : Reflect.apply(original, this, args);
      };
    });
  }

  /** A cluster may have made a client for this command, which is there once it was called. */
  #send(command: () => unknown): unknown {
    const result = command();
    this.#observe();
    for (const client of connectingClientsOf(this.#target)) {
      client.then(
        () => {
          this.#observe();
        },
        // Who called the command hears of it.
        () => undefined,
      );
    }
    return result;
  }

  #observe(): void {
    if (this.#isOn) for (const map of listenerMapsOf(this.#target)) this.#listeners.observe(map);
  }
}

/** In its legacy mode a client of node-redis 4 has the methods with promises on an object of their own. */
function promiseClientOf(target: object): object[] {
  try {
    const client: unknown = Reflect.get(target, 'v4');
    return typeof client === 'object' && client !== null ? [client] : [];
  } catch {
    // It throws in any other mode.
    return [];
  }
}
