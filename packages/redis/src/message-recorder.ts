import {
  SubscribeRedisPoint,
  roundToMicroseconds,
  type BaseLunaMonitoring,
  type Fields,
  type MessageContext,
} from '@influx-monitoring/core';
import { NO_REQUEST_ID, requestIdOfPayload, requestIdOfUser } from './message-request-id.ts';
import type { ChannelTag, InstrumentSubscriberOptions } from './options.ts';

/** What `getRequestId` and `channelTag` of the user are counted under when they throw. */
const USER_FUNCTION_FAILED = 'redis_option_threw';

/**
 * How long the wall clock is reckoned from the steady one. Reading both for each message of a burst costs 0.13 µs more
 * (bench/redis/listener-call.ts), and a step of the wall clock shows 10 ms later at worst.
 */
const MAX_RECKONING_MS = 10;

const NO_CHANNEL_TAG = 'none';

/** Makes the context and the `redis_message` point of each message of one client. */
export class MessageRecorder {
  readonly #monitoring: BaseLunaMonitoring;
  readonly #channelTag: ChannelTag;
  readonly #getRequestId: InstrumentSubscriberOptions['getRequestId'];
  /** When the last message arrived, in milliseconds of `performance.now()`. */
  lastArrivalMs = -Infinity;
  /** When both clocks were read last: in milliseconds of `performance.now()`, and in seconds since the epoch. */
  #readAtMs = -Infinity;
  #readAt = 0;

  constructor(monitoring: BaseLunaMonitoring, options: InstrumentSubscriberOptions) {
    this.#monitoring = monitoring;
    this.#channelTag = options.channelTag ?? 'full';
    this.#getRequestId = options.getRequestId;
  }

  /** Takes note of a message that arrives now. */
  arrive(message: unknown, channel: unknown): MessageContext {
    const receivedAtMs = performance.now();
    const receivedAt = this.#wallClock(receivedAtMs);
    this.lastArrivalMs = receivedAtMs;
    const channelText = typeof channel === 'string' ? channel : String(channel);
    const requestId =
      this.#getRequestId === undefined ? requestIdOfPayload(message) : this.#askForRequestId(message, channelText);
    return { channel: channelText, receivedAt, receivedAtMs, requestId };
  }

  /**
   * Records the point of a message.
   *
   * @param listenerTime - seconds of its longest listener, where that is measured
   */
  record(context: MessageContext, listenerTime?: number): void {
    const additionalFields: Fields | undefined =
      listenerTime === undefined ? undefined : { listener_time: roundToMicroseconds(listenerTime) };
    const point = new SubscribeRedisPoint({
      eventTime: context.receivedAt,
      service: this.#monitoring.service,
      requestId: context.requestId,
      channel: this.#tagOf(context.channel),
      additionalFields,
    });
    this.#monitoring.addPoints([point]);
  }

  #wallClock(nowMs: number): number {
    if (nowMs - this.#readAtMs > MAX_RECKONING_MS) {
      this.#readAtMs = nowMs;
      this.#readAt = this.#monitoring.now();
    }
    return this.#readAt + (nowMs - this.#readAtMs) / 1000;
  }

  #askForRequestId(message: unknown, channel: string): string {
    if (typeof message !== 'string' && !Buffer.isBuffer(message)) return NO_REQUEST_ID;
    try {
      return requestIdOfUser(this.#getRequestId?.(message, channel));
    } catch {
      this.#monitoring.countEvent(USER_FUNCTION_FAILED);
      return NO_REQUEST_ID;
    }
  }

  #tagOf(channel: string): string {
    if (this.#channelTag === 'full') return channel;
    if (this.#channelTag === 'name') return nameOf(channel);
    try {
      const tag: unknown = this.#channelTag(channel);
      return typeof tag === 'string' ? tag : NO_CHANNEL_TAG;
    } catch {
      this.#monitoring.countEvent(USER_FUNCTION_FAILED);
      return NO_CHANNEL_TAG;
    }
  }
}

function nameOf(channel: string): string {
  const colonAt = channel.indexOf(':');
  return colonAt === -1 ? channel : channel.slice(0, colonAt);
}
