/** What ioredis keeps of a connection's subscriptions. */
interface SubscriptionSet {
  channels(command: 'subscribe' | 'psubscribe' | 'ssubscribe'): readonly string[];
}

/** The state of a connection. */
interface Condition {
  readonly subscriber: SubscriptionSet | false;
}

/** What is read of a `Redis`. Most of it is private to it, and so may be missing one day, as it is in ioredis-mock. */
interface Connection {
  readonly condition?: Condition | null;
  readonly mode?: string;
  /** The state of the connection before, while its subscriptions wait for the next one. */
  readonly prevCondition?: Condition | null;
  readonly status?: string;
}

/** What is read of a `Cluster`, which has a connection for channels and patterns, and one for each shard. */
interface ClusterConnections {
  readonly shardedSubscribers?: { readonly channels?: ReadonlyMap<number, readonly string[]> };
  readonly status?: string;
  readonly subscriber?: {
    readonly lastActiveSubscriber?: Connection | null;
    getInstance?(): Connection | null;
  };
}

/** Whether a `Redis` or a `Cluster` is subscribed to anything; `undefined` where that cannot be seen. */
export function isSubscribed(client: Connection & ClusterConnections): boolean | undefined {
  if (client.status === 'end') return false;
  const { subscriber } = client;
  if (typeof subscriber !== 'object') return isConnectionSubscribed(client);
  if (hasShardChannels(client)) return true;
  const connections = [subscriber.getInstance?.(), subscriber.lastActiveSubscriber];
  return connections.some((connection) => (connection ? hasChannels(connection) : false));
}

function isConnectionSubscribed(connection: Connection): boolean | undefined {
  if (connection.condition !== undefined && connection.condition !== null) return hasChannels(connection);
  const { mode, status } = connection;
  return mode === undefined || status !== 'ready' ? undefined : mode === 'subscriber';
}

/** Not by `mode`: on RESP 3 that stays `normal`. */
function hasChannels({ condition, prevCondition }: Connection): boolean {
  return [condition, prevCondition].some((each) => {
    const set = each?.subscriber;
    if (set === undefined || set === false) return false;
    return (['subscribe', 'psubscribe', 'ssubscribe'] as const).some((command) => set.channels(command).length > 0);
  });
}

function hasShardChannels({ shardedSubscribers }: ClusterConnections): boolean {
  return [...(shardedSubscribers?.channels?.values() ?? [])].some((channels) => channels.length > 0);
}
