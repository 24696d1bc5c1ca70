import type { WebSocket } from 'ws';
import { channelOf } from './account.ts';
import type { RedisClient } from './redis.ts';

const MAX_WAITING_BYTES = 4 * 1024 * 1024;

interface Subscription {
  readonly sockets: Set<WebSocket>;
  /** Settles when Redis has answered. */
  readonly ready: Promise<void>;
}

/** One Redis subscription a channel, shared by the sockets of its account. */
export class Subscriptions {
  readonly #subscriber: RedisClient;
  readonly #byChannel = new Map<string, Subscription>();

  constructor(subscriber: RedisClient) {
    this.#subscriber = subscriber;
  }

  /** Hands the account's events to a socket from now on. */
  async add(accountId: string, socket: WebSocket): Promise<void> {
    const channel = channelOf(accountId);
    let subscription = this.#byChannel.get(channel);
    if (subscription === undefined) {
      const sockets = new Set<WebSocket>();
      const ready = this.#subscriber.subscribe(channel, (message) => {
        forward(message, sockets);
      });
      subscription = { sockets, ready };
      this.#byChannel.set(channel, subscription);
    }
    subscription.sockets.add(socket);
    await subscription.ready;
  }

  /** Ends that; the channel's last socket ends its subscription. */
  async remove(accountId: string, socket: WebSocket): Promise<void> {
    const channel = channelOf(accountId);
    const subscription = this.#byChannel.get(channel);
    if (subscription === undefined || !subscription.sockets.delete(socket)) return;
    // Another socket may come while Redis is still answering.
    await subscription.ready.catch(() => undefined);
    if (subscription.sockets.size > 0 || this.#byChannel.get(channel) !== subscription) return;
    this.#byChannel.delete(channel);
    await this.#subscriber.unsubscribe(channel);
  }
}

/** A message that is no JSON goes to nobody: what this throws, monitoring counts as `subscription_error`. */
function forward(message: string, sockets: Iterable<WebSocket>): void {
  JSON.parse(message);
  for (const socket of sockets) {
    // A client that does not read would fill the memory.
    if (socket.bufferedAmount > MAX_WAITING_BYTES) socket.terminate();
    else socket.send(message);
  }
}
