import { hasMethod, type PatchedMethods } from '../clients/patched-methods.ts';
import type { Kind } from './subscribed-clients.ts';

/** The methods of one way to subscribe: lower case first, which alone a user may replace. */
export interface PubSubMethods {
  readonly kind: Kind;
  readonly subscribe: readonly [lower: string, upper: string];
  readonly unsubscribe: readonly [lower: string, upper: string];
}

export const PUB_SUB_METHODS: readonly PubSubMethods[] = [
  { kind: 'CHANNELS', subscribe: ['subscribe', 'SUBSCRIBE'], unsubscribe: ['unsubscribe', 'UNSUBSCRIBE'] },
  { kind: 'PATTERNS', subscribe: ['pSubscribe', 'PSUBSCRIBE'], unsubscribe: ['pUnsubscribe', 'PUNSUBSCRIBE'] },
  { kind: 'SHARDED', subscribe: ['sSubscribe', 'SSUBSCRIBE'], unsubscribe: ['sUnsubscribe', 'SUNSUBSCRIBE'] },
];

/** How the listeners of a client are reached. */
export interface ListenerAccess {
  /** Replaces the methods that it has to, and sees to the listeners that are there; again where that is needed. */
  install(methods: PatchedMethods): void;
  isSubscribed(): boolean;
  /** Leaves the client's listeners as they were; the methods are put back before. */
  uninstall(): void;
}

/** Whether an object has all of these methods. */
export function hasPubSubMethods(target: object): boolean {
  return PUB_SUB_METHODS.every(({ subscribe, unsubscribe }) =>
    [...subscribe, ...unsubscribe].every((name) => hasMethod(target, name)),
  );
}
