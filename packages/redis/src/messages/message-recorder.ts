import {
  SubscribeRedisPoint,
  roundToMicroseconds,
  type BaseMonitoring,
  type Fields,
  type MessageContext,
} from '@influx-monitoring/core';
import { guardQuestion } from '@influx-monitoring/core/internal';
import type { InstrumentSubscriberOptions } from '../options.ts';
import { QueueTimes } from './queue-times.ts';
import { NO_REQUEST_ID, RequestIdScan, requestIdOfUser } from './request-id-scan.ts';

/** What a callback of the user's is counted under when it throws, rejects, or returns a promise. */
export const CALLBACK_FAILED = 'redis_option_threw';

/**
 * How long the wall clock is reckoned from the steady one. Reading both for each message of a burst costs 0.13 µs more
 * (bench/redis/listener-call.ts), and a step of the wall clock shows 10 ms later at worst.
 */
const MAX_RECKONING_MS = 10;

const NO_CHANNEL_TAG = 'none';

/** A message as it is recorded. */
export interface Arrival {
  readonly context: MessageContext;
  /** Seconds from its publishing to its arrival, where that is known. */
  readonly queueTime: number | undefined;
}

/** Makes the context and the `redis_message` point of each message of one client. */
export class MessageRecorder {
  readonly #monitoring: BaseMonitoring;
  readonly #tagOf: (channel: string) => string;
  readonly #requestIdOf: (message: unknown, channel: string) => string;
  readonly #queueTimes: QueueTimes | undefined;
  /** When the last message arrived, in milliseconds of `performance.now()`. */
  lastArrivalMs = -Infinity;
  /** When both clocks were read last: in milliseconds of `performance.now()`, and in seconds since the epoch. */
  #readAtMs = -Infinity;
  #readAt = 0;

  constructor(monitoring: BaseMonitoring, options: InstrumentSubscriberOptions) {
    this.#monitoring = monitoring;
    const onFailure = (): void => {
      monitoring.countEvent(CALLBACK_FAILED);
    };
    this.#tagOf = channelTagger(options.channelTag, onFailure);
    this.#requestIdOf = requestIdFinder(options.getRequestId, onFailure);
    this.#queueTimes =
      options.getPublishedAt === undefined ? undefined : new QueueTimes(monitoring, options.getPublishedAt, onFailure);
  }

  /** Takes note of a message that arrives now. */
  arrive(message: unknown, channel: unknown): Arrival {
    const receivedAtMs = performance.now();
    const receivedAt = this.#wallClock(receivedAtMs);
    this.lastArrivalMs = receivedAtMs;
    const channelText = typeof channel === 'string' ? channel : String(channel);
    const requestId = this.#requestIdOf(message, channelText);
    return {
      context: { channel: channelText, receivedAt, receivedAtMs, requestId },
      queueTime: this.#queueTimes?.of(message, channelText),
    };
  }

  /**
   * Records the point of a message.
   *
   * @param listenerTime - seconds of its longest listener, where that is measured
   */
  record({ context, queueTime }: Arrival, listenerTime?: number): void {
    const additionalFields: Fields | undefined =
      listenerTime === undefined && queueTime === undefined ? undefined : fieldsOf(listenerTime, queueTime);
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
}

function fieldsOf(listenerTime: number | undefined, queueTime: number | undefined): Fields {
  return {
    ...(listenerTime === undefined ? {} : { listener_time: roundToMicroseconds(listenerTime) }),
    ...(queueTime === undefined ? {} : { queue_time: roundToMicroseconds(queueTime) }),
  };
}

function requestIdFinder(
  getRequestId: InstrumentSubscriberOptions['getRequestId'],
  onFailure: () => void,
): (message: unknown, channel: string) => string {
  if (getRequestId === undefined) {
    const scan = new RequestIdScan();
    return (message) => scan.requestIdOf(message);
  }
  const ask = guardQuestion(getRequestId, onFailure);
  return (message, channel) => (isPayload(message) ? requestIdOfUser(ask(message, channel)) : NO_REQUEST_ID);
}

/** Whether a message is what a user's function is promised: what invalidates a client's cache is none. */
function isPayload(message: unknown): message is string | Buffer {
  return typeof message === 'string' || Buffer.isBuffer(message);
}

function channelTagger(
  channelTag: InstrumentSubscriberOptions['channelTag'] = 'full',
  onFailure: () => void,
): (channel: string) => string {
  if (channelTag === 'full') return (channel) => channel;
  if (channelTag === 'name') return nameOf;
  const ask: (channel: string) => unknown = guardQuestion(channelTag, onFailure);
  return (channel) => {
    const tag = ask(channel);
    return typeof tag === 'string' ? tag : NO_CHANNEL_TAG;
  };
}

function nameOf(channel: string): string {
  const colonAt = channel.indexOf(':');
  return colonAt === -1 ? channel : channel.slice(0, colonAt);
}
