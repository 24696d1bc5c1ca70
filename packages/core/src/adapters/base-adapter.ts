import { inspect } from 'node:util';
import type { Batch, Outcome, Wire } from '../batch/outcome.ts';
import { microsecondsOf, processClock } from '../clock/clock.ts';
import { isTagValue, type PointDict } from '../lines/encode.ts';
import { isStorable } from '../lines/field-types.ts';
import { DEFAULT_FLUSHING_PERIOD, Pipeline, type PipelineOptions } from '../pipeline.ts';
import type { BaseMonitoringPoint, FieldValue, RecordablePoint } from '../points/base-point.ts';
import type { Delivery } from '../sending/delivery.ts';

/**
 * What every adapter is made from.
 *
 * @category Databases
 */
export interface BaseMonitoringAdapterInit extends PipelineOptions {
  /**
   * A pipeline that goes on over this adapter's wire, at its flushing period. @defaultValue one of its own
   *
   * @internal
   */
  readonly pipeline?: Pipeline | undefined;
}

/**
 * The source's name for what buffers points and sends them: a pipeline and the wire at its end.
 *
 * @category Databases
 */
export abstract class BaseMonitoringAdapter implements Wire {
  /** What the user asks a database with: an InfluxDB client, or the embedded store. */
  abstract readonly client: unknown;
  /** How often the buffer is flushed, in seconds. */
  readonly flushingPeriod: number;
  /** @internal */
  readonly pipeline: Pipeline;
  /** What writes. */
  readonly wire: Wire;

  constructor(wire: Wire, init: BaseMonitoringAdapterInit) {
    this.flushingPeriod = init.flushingPeriod ?? DEFAULT_FLUSHING_PERIOD;
    this.wire = wire;
    this.pipeline = init.pipeline ?? new Pipeline(wire, init);
    if (init.pipeline !== undefined) init.pipeline.use(wire, this.flushingPeriod);
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

  /** @internal */
  get delivery(): Delivery {
    return this.pipeline.delivery;
  }

  /** Adds points to the buffer. It never throws and never waits. */
  addPointsToBuffer<Point extends RecordablePoint<Point>>(points: Iterable<Point>): void {
    this.pipeline.addPoints(points);
  }

  /** Starts the loop that sends the buffer. */
  initializeScheduler(): void {
    this.pipeline.start();
  }

  /** Writes a batch once, past the buffer. */
  write(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    return this.wire.write(batch, signal);
  }

  /** Closes the connection to the database once the write under way has ended. */
  close(): void {
    this.wire.close();
  }

  /** What is printed: no client, since that holds a credential. */
  toJSON(): object {
    return { adapter: this.constructor.name, flushingPeriod: this.flushingPeriod };
  }

  [inspect.custom](): unknown {
    return this.toJSON();
  }
}
