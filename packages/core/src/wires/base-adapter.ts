import { inspect } from 'node:util';
import { Delivery } from '../sending/delivery.ts';
import type { DeliveryOptions } from '../sending/delivery-options.ts';
import type { Batch, Outcome, Wire } from '../batch/outcome.ts';
import { Scheduler } from '../process/scheduler.ts';
import { microsecondsOf, processClock } from '../clock/clock.ts';
import { isTagValue, LineEncoder, type PointDict } from '../lines/encode.ts';
import { isStorable } from '../lines/field-types.ts';
import { DEFAULT_MAX_TAG_VALUES } from '../lines/tag-budget.ts';
import type { BaseMonitoringPoint, FieldValue } from '../points/base-point.ts';
import { LineObservers } from './line-observers.ts';

/** How often the buffer is flushed, in seconds, where the user does not say. */
export const DEFAULT_FLUSHING_PERIOD = 1;

/** What every adapter is made from. */
export interface BaseMonitoringAdapterInit {
  /** How points wait and are kept. */
  readonly delivery?: DeliveryOptions | undefined;
  /** How often the buffer is flushed, in seconds. @defaultValue 1 */
  readonly flushingPeriod?: number | undefined;
  /** Lane of the time stamps (0 to 999). @defaultValue leased on the host */
  readonly lane?: number | undefined;
  /** Distinct values a tag key of a series. @defaultValue 10,000 */
  readonly maxTagValues?: number | undefined;
  /** An adapter whose buffer, encoder and counts this one carries on with, once `takeOver()` is called. */
  readonly predecessor?: BaseMonitoringAdapter | undefined;
}

/** Buffers points as lines and flushes them, every `flushingPeriod` seconds and when a batch is full. */
export abstract class BaseMonitoringAdapter implements Wire {
  /** What writes: an InfluxDB client, or the embedded store. */
  abstract readonly client: unknown;
  /** How often the buffer is flushed, in seconds. */
  readonly flushingPeriod: number;
  readonly delivery: Delivery;
  readonly encoder: LineEncoder;
  /** Who looks on while points are recorded. */
  readonly observers: LineObservers;
  readonly #lane: number | undefined;
  readonly #scheduler: Scheduler;
  readonly #clock = processClock();

  constructor(init: BaseMonitoringAdapterInit) {
    this.flushingPeriod = init.flushingPeriod ?? DEFAULT_FLUSHING_PERIOD;
    this.#lane = init.lane;
    const maxTagValues = init.maxTagValues ?? DEFAULT_MAX_TAG_VALUES;
    const onOverflow = (tag: string): void => {
      this.delivery.tellOverflow(tag, maxTagValues);
    };
    this.encoder = init.predecessor?.encoder ?? new LineEncoder({ maxTagValues, onOverflow });
    this.observers = init.predecessor?.observers ?? new LineObservers();
    this.delivery = init.predecessor?.delivery ?? new Delivery(this, init.delivery);
    this.#scheduler = new Scheduler(() => {
      this.delivery.tick();
    }, this.flushingPeriod * 1000);
  }

  /**
   * Turns a point into what InfluxDB clients take.
   *
   * The time is that of the event; the buffer makes it unique when the point is added.
   */
  static convertPointToDict(point: BaseMonitoringPoint): PointDict {
    const tags = Object.entries(point.tags).filter(([, value]) => isTagValue(value));
    const fields = Object.entries(point.fields).filter((entry): entry is [string, NonNullable<FieldValue>] =>
      isStorable(entry[1]),
    );
    const microseconds = microsecondsOf(point.eventTime) ?? microsecondsOf(processClock().now()) ?? 0;
    return {
      time: BigInt(microseconds) * 1000n,
      measurement: point.series,
      tags: Object.fromEntries(tags.map(([key, value]) => [key, String(value)])),
      fields: Object.fromEntries(fields),
    };
  }

  abstract write(batch: Batch, signal: AbortSignal): Promise<Outcome>;

  /** Closes the connection to the database once the write under way has ended. */
  close(): void {
    // What keeps points in memory has no connection.
  }

  /** Adds points to the buffer. It never throws and never waits. */
  addPointsToBuffer(points: Iterable<BaseMonitoringPoint>): void {
    try {
      // An iterator costs 8 ns a point more than an index.
      if (Array.isArray(points)) this.#addAll(points);
      else for (const point of points) this.#addPoint(point);
    } catch {
      // An iterable of the user's may throw; the application must not notice.
      this.delivery.recordUnstorable('');
    }
  }

  /** Sends what the predecessor's buffer holds, and all that comes, this way. */
  takeOver(): void {
    this.delivery.redirect(this);
  }

  /** Starts the loop that sends the buffer. */
  initializeScheduler(): void {
    this.#scheduler.start();
  }

  /** Ends the loop; what is buffered stays. */
  stopScheduler(): void {
    this.#scheduler.stop();
  }

  /** What is printed: no client, since that holds a credential. */
  toJSON(): object {
    return { adapter: this.constructor.name, flushingPeriod: this.flushingPeriod };
  }

  [inspect.custom](): unknown {
    return this.toJSON();
  }

  #addAll(points: readonly BaseMonitoringPoint[]): void {
    // The index is below the length.
    for (let index = 0; index < points.length; index += 1) this.#addPoint(points[index] as BaseMonitoringPoint);
  }

  #addPoint(point: BaseMonitoringPoint): void {
    let series = '';
    let line: string | undefined;
    try {
      // In JavaScript it may be anything.
      const given: unknown = point.series;
      if (typeof given === 'string') series = given;
      line = this.encoder.encode(point, this.#clock.stamp(point.eventTime, this.#lane));
    } catch {
      // A point of the user's own class may throw while it is read; the application must not notice.
    }
    if (line === undefined) {
      this.delivery.recordUnstorable(series);
      return;
    }
    this.delivery.record(line, series);
    this.observers.tellLine(line);
  }
}
