import type { Listener } from '../messages/dispatch.ts';

/** The three ways to subscribe, under node-redis's own names. */
export type Kind = 'CHANNELS' | 'PATTERNS' | 'SHARDED';

/** What node-redis keeps for one channel or pattern, in every major version. */
export interface ChannelListeners {
  readonly buffers: Set<Listener>;
  readonly strings: Set<Listener>;
}

/** The listeners of one client of one kind, by channel or pattern. */
export type ListenerMap = Map<string, ChannelListeners>;

interface SubscribedClient {
  readonly isPubSubActive?: boolean;
  getPubSubListeners(kind: Kind): ListenerMap | undefined;
}

const KINDS: readonly Kind[] = ['CHANNELS', 'PATTERNS', 'SHARDED'];

/** Whether the clients behind this object tell which listeners they have. A sentinel's does not. */
export function tellsListeners(target: object): boolean {
  return isSubscribedClient(target) || 'pubSubNode' in target;
}

/** The maps of listeners of all clients behind a client or a cluster. */
export function listenerMapsOf(target: object): ListenerMap[] {
  return clientsBehind(target)
    .filter(isSubscribedClient)
    .flatMap((client) => KINDS.map((kind) => client.getPubSubListeners(kind)))
    .filter((listeners) => listeners !== undefined);
}

/** Clients of a cluster of node-redis 4 that are still connecting. */
export function connectingClientsOf(target: object): Promise<unknown>[] {
  return clientsBehind(target).filter((client) => client instanceof Promise);
}

/** The clients that hold the subscriptions: the client itself; of a cluster one, and one for each shard. */
function clientsBehind(target: object): unknown[] {
  if (isSubscribedClient(target)) return [target];
  const { pubSubNode, masters } = target as { pubSubNode?: unknown; masters?: unknown };
  const shards = Array.isArray(masters) ? masters.flatMap(clientsOfShard) : [];
  return [propertyOf(pubSubNode, 'client'), ...shards];
}

/** node-redis 4 has the client itself, 5 and 6 have it in an object. */
function clientsOfShard(master: unknown): unknown[] {
  return [propertyOf(master, 'pubSubClient'), propertyOf(propertyOf(master, 'pubSub'), 'client')];
}

function propertyOf(owner: unknown, name: string): unknown {
  return typeof owner === 'object' && owner !== null ? Reflect.get(owner, name) : undefined;
}

function isSubscribedClient(value: unknown): value is SubscribedClient {
  return typeof propertyOf(value, 'getPubSubListeners') === 'function';
}
