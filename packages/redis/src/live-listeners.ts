import type { Listener } from './listener-runner.ts';
import type { Kind } from './listening.ts';

/** What node-redis keeps for one channel or pattern, in every major version. */
interface ChannelListeners {
  buffers: Set<Listener>;
  strings: Set<Listener>;
}

type LiveListeners = Map<string, ChannelListeners>;

interface ListeningClient {
  getPubSubListeners(kind: Kind): LiveListeners | undefined;
}

const KINDS: readonly Kind[] = ['CHANNELS', 'PATTERNS', 'SHARDED'];

/** Gives the function that is to stand in a listener's place; the same one where nothing changes. */
export type ListenerExchange = (kind: Kind, isBuffer: boolean, listener: Listener) => Listener;

/** Whether the clients behind this object tell which listeners they have. A sentinel's does not. */
export function tellsListeners(target: object): boolean {
  return isListeningClient(target) || 'pubSubNode' in target;
}

/** Exchanges the listeners of a client or a cluster where they are kept, their order untouched. */
export function exchangeListeners(target: object, exchange: ListenerExchange): void {
  for (const client of listeningClients(target)) {
    for (const kind of KINDS) {
      const live = client.getPubSubListeners(kind);
      if (live === undefined) continue;
      for (const listeners of live.values()) exchangeIn(listeners, kind, exchange);
    }
  }
}

/** Exchanges the listeners of some channels of one kind. */
export function exchangeListenersOf(
  target: object,
  kind: Kind,
  keys: readonly string[],
  exchange: ListenerExchange,
): void {
  for (const client of listeningClients(target)) {
    const live = client.getPubSubListeners(kind);
    for (const key of keys) {
      const listeners = live?.get(key);
      if (listeners !== undefined) exchangeIn(listeners, kind, exchange);
    }
  }
}

/**
 * New Sets instead of changed ones: the client may be going through the old one at this moment, and a Set that it goes
 * through would show it the exchanged listeners again.
 */
function exchangeIn(listeners: ChannelListeners, kind: Kind, exchange: ListenerExchange): void {
  listeners.buffers = new Set([...listeners.buffers].map((listener) => exchange(kind, true, listener)));
  listeners.strings = new Set([...listeners.strings].map((listener) => exchange(kind, false, listener)));
}

/** The clients that hold the subscriptions: the client itself; of a cluster one, and one for each shard. */
function listeningClients(target: object): ListeningClient[] {
  if (isListeningClient(target)) return [target];
  const { pubSubNode, masters } = target as { pubSubNode?: unknown; masters?: unknown };
  const shards = Array.isArray(masters) ? masters.map((master) => propertyOf(master, 'pubSub')) : [];
  return [pubSubNode, ...shards].map((node) => propertyOf(node, 'client')).filter(isListeningClient);
}

function propertyOf(owner: unknown, name: string): unknown {
  return typeof owner === 'object' && owner !== null ? Reflect.get(owner, name) : undefined;
}

function isListeningClient(value: unknown): value is ListeningClient {
  return (
    typeof value === 'object' &&
    value !== null &&
    'getPubSubListeners' in value &&
    typeof value.getPubSubListeners === 'function'
  );
}
