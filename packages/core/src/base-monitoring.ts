import { processClock } from './clock/clock.ts';
import type { DeliveryEvent, DeliveryEventKind } from './ledger/delivery-event.ts';
import type { Health } from './ledger/health.ts';
import type { SelfStats } from './ledger/stats.ts';
import type { StoredPoint } from './lines/decode.ts';
import type { Repair } from './lines/encode.ts';
import type { LineObserver } from './lines/line-observers.ts';
import type { PointSink } from './metrics/point-sink.ts';
import { roundToMicroseconds, type RecordablePoint, type FieldsOf, type TagsOf } from './points/base-point.ts';
import { RecordedPoint, type PointData } from './points/recorded-point.ts';
import type { StopOptions, StopResult } from './sending/shutdown.ts';
import type { PointQuery } from './wires/point-store.ts';

/**
 * What became of the points, and what else was counted.
 * @category Monitoring
 */
export interface MonitoringStats extends SelfStats {
  /** What wrappers count beside points, as in `ws_send_without_context`. */
  readonly counters: Readonly<Record<string, number>>;
  /** How far time stamps are ahead of the wall clock after it was set back, in milliseconds. */
  readonly clockLeadMs: number;
  /** The lane of the time stamps (0 to 999). */
  readonly lane: number;
  /** What was changed in points so that they can be stored. */
  readonly repairs: Readonly<Partial<Record<Repair, number>>>;
}

/**
 * Takes a listener away again: call it, or leave it to `using`. Doing so twice changes nothing.
 * @category Monitoring
 */
export type Undo = (() => void) & Disposable;

/** Makes a function what `using` takes. */
export function asUndo(undo: () => void): Undo {
  return Object.assign(undo, { [Symbol.dispose]: undo });
}

/**
 * A running measurement of an event; its end records the point. Ending it twice changes nothing.
 * @category Monitoring
 */
export interface PointTimer extends Disposable {
  /** @param fields - more fields of the point */
  end<Fields extends FieldsOf<Fields>>(fields?: Fields): void;
}

/**
 * How to wait for what is pending.
 * @category Monitoring
 */
export interface FlushOptions {
  /** Ends waiting; what is pending goes on its way. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What the wrappers of express, ws and redis take. It holds nothing that is private, so a monitoring of an ES module and one of a CommonJS copy of this library are of one type.
 * @category Monitoring
 */
export interface BaseMonitoring extends AsyncDisposable, PointSink {
  /** Value of the tag `service`. */
  readonly service: string;
  /** False where monitoring is switched off: nothing is recorded, nothing is wrapped. */
  readonly isEnabled: boolean;

  /** Records a point. It never throws and never waits. */
  addPoint<Point extends RecordablePoint<Point>>(point: Point): void;
  /** Records points. It never throws and never waits. */
  addPoints<Point extends RecordablePoint<Point>>(points: Iterable<Point>): void;
  /**
   * Counts something that is no point, to be read in `stats().counters`.
   *
   * @param name - one of a few fixed names, as in `ws_send_without_context`
   */
  countEvent(name: string): void;
  /** Sends what is pending now; resolves when that is done or the database did not take it. It never rejects. */
  flush(options?: FlushOptions): Promise<void>;
  /** The present, in seconds since the epoch: what `eventTime` of a point that begins now is. */
  now(): number;
  /**
   * Records a point that has no class of its own; the tag `service` is added. It never throws and never waits.
   *
   * @example
   * ```ts
   * import { createMonitoring } from '@influx-monitoring/core';
   *
   * await using monitoring = createMonitoring({ service: 'shop' });
   * monitoring.record('cache', { tags: { region: 'eu' }, fields: { hits: 3n } });
   * ```
   */
  record<PointTags extends TagsOf<PointTags>, PointFields extends FieldsOf<PointFields>>(
    series: string,
    data: PointData<PointTags, PointFields>,
  ): void;
  stats(): MonitoringStats;
  /** Ends monitoring: sends what is pending within the time given, and closes the connection. Stopping twice gives the same. */
  stop(options?: StopOptions): Promise<StopResult>;
  /**
   * Times an event: its end records a point of the series with the field `execution_time`, in seconds.
   *
   * @example
   * ```ts
   * import { createMonitoring } from '@influx-monitoring/core';
   *
   * await using monitoring = createMonitoring({ service: 'shop' });
   * {
   *   using timer = monitoring.timer('report', { kind: 'daily' });
   * }
   * ```
   */
  timer<PointTags extends TagsOf<PointTags>>(series: string, tags?: PointTags): PointTimer;
}

/**
 * What `createMonitoring` gives: points are recorded, read back, and told of.
 * @category Monitoring
 */
export interface Monitoring extends BaseMonitoring {
  /** Its `client` is the official client of InfluxDB, or the embedded store. */
  readonly adapter: { readonly client: unknown };
  /** How often points are sent, in seconds. */
  readonly flushingPeriod: number;
  /** True from the call of `stop()` on. */
  readonly isStopped: boolean;
  /** How delivery does, for a status page and alerts; never for a probe that restarts a service which only waits. */
  health(): Health;
  /**
   * Looks on while points are recorded, as a live view does; it is told of each line at once, also while the database
   * is away. Observers stay through `reInitializeMonitoring`.
   *
   * @returns a function that takes the observer away again
   */
  observeLines(observer: LineObserver): Undo;
  /**
   * Calls a listener at each event of a kind, as `drop` or `retry`; what it throws is ignored.
   *
   * @example
   * ```ts
   * import { createMonitoring } from '@influx-monitoring/core';
   *
   * await using monitoring = createMonitoring({ service: 'shop' });
   * using undo = monitoring.on('drop', ({ count, reason }) => console.log(count, reason));
   * ```
   */
  on<Kind extends DeliveryEventKind>(
    kind: Kind,
    listener: (event: Extract<DeliveryEvent, { kind: Kind }>) => void,
  ): Undo;
  /**
   * The points that the embedded store keeps, those that are pending included: what tests read.
   *
   * @throws MonitoringError `ERR_NOT_IN_MEMORY` where the points go to a database
   *
   * @example
   * ```ts
   * import { createMonitoring } from '@influx-monitoring/core';
   *
   * await using monitoring = createMonitoring({ store: 'memory' });
   * monitoring.record('cache', { fields: { hits: 3 } });
   * console.log(monitoring.points({ series: 'cache' }).length); // 1
   * ```
   */
  points(query?: PointQuery): StoredPoint[];
}

/**
 * What every monitoring shares; the source's name for it.
 * @category Monitoring
 */
export abstract class BaseLunaMonitoring implements BaseMonitoring {
  readonly #clock = processClock();
  readonly #counters = new Map<string, { count: number }>();

  abstract readonly service: string;
  abstract readonly isEnabled: boolean;

  abstract addPoints<Point extends RecordablePoint<Point>>(points: Iterable<Point>): void;
  abstract flush(options?: FlushOptions): Promise<void>;
  abstract stats(): MonitoringStats;
  abstract stop(options?: StopOptions): Promise<StopResult>;

  addPoint<Point extends RecordablePoint<Point>>(point: Point): void {
    this.addPoints([point]);
  }

  countEvent(name: string): void {
    const counter = this.#counters.get(name);
    // One look-up, half the price of get and set: it stands in the way of every send of ws.
    if (counter === undefined) this.#counters.set(name, { count: 1 });
    else counter.count += 1;
  }

  now(): number {
    return this.#clock.now();
  }

  record<PointTags extends TagsOf<PointTags>, PointFields extends FieldsOf<PointFields>>(
    series: string,
    data: PointData<PointTags, PointFields>,
  ): void {
    if (!this.isEnabled) return;
    let point: RecordedPoint;
    try {
      const { fields, tags, time } = data;
      const eventTime = time ?? this.now();
      point = new RecordedPoint({ eventTime, series, tags: { service: this.service, ...tags }, fields });
    } catch {
      // What JavaScript passes may be anything, and a getter may throw: the point is counted as one that cannot be stored.
      point = new RecordedPoint({ eventTime: this.now(), series, tags: {}, fields: {} });
    }
    this.addPoint(point);
  }

  timer<PointTags extends TagsOf<PointTags>>(series: string, tags?: PointTags): PointTimer {
    const time = this.now();
    const startedAtMs = performance.now();
    let isRunning = true;
    const end = (fields?: object): void => {
      if (!isRunning) return;
      isRunning = false;
      const executionTime = roundToMicroseconds((performance.now() - startedAtMs) / MILLISECONDS_PER_SECOND);
      // What callers pass was held to fields by `FieldsOf`; a spread of any object is a record.
      this.record(series, {
        time,
        tags,
        fields: { ...(fields as Record<string, number>), execution_time: executionTime },
      });
    };
    return {
      end,
      [Symbol.dispose]: () => {
        end();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** What `countEvent` counted. */
  protected get counters(): Readonly<Record<string, number>> {
    return Object.fromEntries(Array.from(this.#counters, ([name, { count }]) => [name, count]));
  }
}

const MILLISECONDS_PER_SECOND = 1000;
