import type { ClientLibrary, Instrumentation } from '../clients/client-library.ts';
import { replaceDuplicate } from '../clients/duplicates.ts';
import { PatchedMethods, hasMethod } from '../clients/patched-methods.ts';
import type { Dispatch } from '../messages/dispatch.ts';
import { HiddenClient } from './hidden-client.ts';
import { hasPubSubMethods, type ListenerAccess } from './pub-sub-methods.ts';
import { tellsListeners } from './subscribed-clients.ts';
import { VisibleClient } from './visible-client.ts';

/** Clients, clusters and sentinels of node-redis 4.6, 5 and 6. */
export const NODE_REDIS: ClientLibrary = {
  isClient: (target) => hasMethod(target, 'emit') && hasPubSubMethods(target),
  prepare: (target, dispatch) => new NodeRedisInstrumentation(target, dispatch),
};

class NodeRedisInstrumentation implements Instrumentation {
  readonly #target: object;
  readonly #dispatch: Dispatch;
  readonly #methods: PatchedMethods;
  readonly #listeners: ListenerAccess;

  constructor(target: object, dispatch: Dispatch) {
    this.#target = target;
    this.#dispatch = dispatch;
    this.#methods = new PatchedMethods((name) => {
      dispatch.methodRefused(name);
    });
    this.#listeners = tellsListeners(target) ? new VisibleClient(target, dispatch) : new HiddenClient(target, dispatch);
  }

  install(): boolean {
    // Where the listeners are seen no method is needed: one that cannot be replaced only tells less.
    if (!Object.isExtensible(this.#target)) return false;
    this.#listeners.install(this.#methods);
    this.#replaceEmit();
    replaceDuplicate(this.#target, this.#methods, this.#dispatch);
    return true;
  }

  isSubscribed(): boolean {
    const { isOpen } = this.#target as { isOpen?: boolean };
    return isOpen !== false && this.#listeners.isSubscribed();
  }

  uninstall(): void {
    this.#methods.undo();
    this.#listeners.uninstall();
  }

  #replaceEmit(): void {
    const observe = (args: readonly unknown[]): void => {
      // A cluster and a sentinel tell so of the errors of their nodes.
      if (args[0] === 'error' || args[0] === 'node-error') this.#dispatch.connectionFailed(args[1]);
      else if (args[0] === 'client-error') this.#dispatch.connectionFailed(errorOfEvent(args[1]));
    };
    this.#methods.replace(
      this.#target,
      'emit',
      (original, state) =>
        function (...args) {
          if (state.isOn) observe(args);
          return Reflect.apply(original, this, args);
        },
    );
  }
}

function errorOfEvent(event: unknown): unknown {
  return typeof event === 'object' && event !== null && 'error' in event ? event.error : event;
}
