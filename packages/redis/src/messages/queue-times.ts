import type { BaseMonitoring } from '@influx-monitoring/core';
import { guardQuestion } from '@influx-monitoring/core/internal';
import type { InstrumentSubscriberOptions } from '../options.ts';

/** Older than a day, a message's time of publishing is in another unit or of another event. */
const MAX_QUEUE_TIME_MS = 86_400_000;

/** `Date.now()` leaves the rest of its millisecond out: a publisher that knows it may seem to be ahead by so much. */
const CLOCK_STEP_MS = 1;

/** Counted where a time of publishing cannot be one. */
const PUBLISHED_AT_UNUSABLE = 'redis_published_at_unusable';

/** Finds how long each message was on its way, from what the user's function says. */
export class QueueTimes {
  readonly #monitoring: BaseMonitoring;
  readonly #ask: (message: string | Buffer, channel: string) => unknown;

  constructor(
    monitoring: BaseMonitoring,
    getPublishedAt: NonNullable<InstrumentSubscriberOptions['getPublishedAt']>,
    onFailure: () => void,
  ) {
    this.#monitoring = monitoring;
    this.#ask = guardQuestion(getPublishedAt, onFailure);
  }

  /**
   * Seconds from the publishing of a message that arrives now.
   *
   * @returns `undefined` where that is not known, or cannot be right, which is counted
   */
  of(message: unknown, channel: string): number | undefined {
    if (typeof message !== 'string' && !Buffer.isBuffer(message)) return undefined;
    const publishedAt = this.#ask(message, channel);
    if (publishedAt === undefined || publishedAt === null) return undefined;
    // By the wall clock, as publishers do it; a point's own time may be 2 ms beside that.
    const ms = typeof publishedAt === 'number' ? Date.now() - publishedAt * 1000 : Number.NaN;
    if (ms > -CLOCK_STEP_MS && ms <= MAX_QUEUE_TIME_MS) return Math.max(ms, 0) / 1000;
    this.#monitoring.countEvent(PUBLISHED_AT_UNUSABLE);
    return undefined;
  }
}
