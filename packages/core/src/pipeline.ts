import type { Wire } from './batch/outcome.ts';
import { processClock } from './clock/clock.ts';
import type { ResolvedAggregateOptions } from './folding/folding-options.ts';
import { Folding } from './folding/folding.ts';
import { LineEncoder } from './lines/encode.ts';
import { LineObservers } from './lines/line-observers.ts';
import { DEFAULT_MAX_TAG_VALUES } from './lines/tag-budget.ts';
import { logLine } from './ledger/log-line.ts';
import type { Logger } from './logger.ts';
import { secondsOf, type BaseMonitoringPoint } from './points/base-point.ts';
import { guardListener } from './process/callback-guard.ts';
import { safeText } from './process/outside-text.ts';
import { Scheduler } from './process/scheduler.ts';
import { DEFAULT_DELIVERY_OPTIONS, type DeliveryOptions } from './sending/delivery-options.ts';
import { Delivery } from './sending/delivery.ts';
import type { StopOptions, StopResult } from './sending/shutdown.ts';

/** How often what is buffered is sent, in seconds, where the user does not say. */
export const DEFAULT_FLUSHING_PERIOD = 1;

const MILLISECONDS_PER_SECOND = 1000;
const SECONDS_PER_DAY = 86_400;

/** Open periods may take half of the memory that pending points may: with its default 10,000 sets of tags, and more. */
const FOLDING_SHARE = 1 / 2;

/** What is before 2000 was never meant: `performance.now()` is of 1970. */
const EARLIEST_TIME = Date.UTC(2000) / MILLISECONDS_PER_SECOND;

/** What a pipeline is made from. */
export interface PipelineOptions {
  /** Which events are folded. @defaultValue none */
  readonly aggregate?: ResolvedAggregateOptions | undefined;
  /** How points wait and are kept. */
  readonly delivery?: DeliveryOptions | undefined;
  /** How often what is buffered is sent, in seconds. @defaultValue 1 */
  readonly flushingPeriod?: number | undefined;
  /** Lane of the time stamps (0 to 999). @defaultValue leased on the host */
  readonly lane?: number | undefined;
  /** Distinct values a tag key of a series. @defaultValue 10,000 */
  readonly maxTagValues?: number | undefined;
  /** Tags of which the value is a bucket of a hash, with how many buckets there are. */
  readonly tagBuckets?: Readonly<Record<string, number>> | undefined;
}

/**
 * The way of a point:
 *
 * ```
 * point ─┬────────────► line (encoder, clock) ──► queue ──► sender ──► wire
 *        └► folding ─┘     └──► observers
 * ```
 *
 * The wire at its end can be another one at any time; nothing else changes by that.
 */
export class Pipeline {
  readonly delivery: Delivery;
  readonly encoder: LineEncoder;
  /** Who looks on while points are recorded. */
  readonly observers = new LineObservers();
  readonly #clock = processClock();
  readonly #folding: Folding | undefined;
  readonly #lane: number | undefined;
  readonly #logger: Logger;
  #latestTime = 0;
  #hasToldTime = false;
  #wire: Wire;
  #flushingPeriod: number;
  #flushing: Scheduler | undefined;

  /** @throws MonitoringError as `resolveDeliveryOptions` does */
  constructor(wire: Wire, options: PipelineOptions = {}) {
    const { flushingPeriod = DEFAULT_FLUSHING_PERIOD, lane, maxTagValues = DEFAULT_MAX_TAG_VALUES } = options;
    this.#wire = wire;
    this.#flushingPeriod = flushingPeriod;
    this.#lane = lane;
    this.#logger = options.delivery?.logger ?? console;
    if (options.aggregate !== undefined) this.#folding = this.#createFolding(options.aggregate, options.delivery);
    this.delivery = new Delivery(wire, options.delivery, this.#folding);
    this.encoder = new LineEncoder({
      maxTagValues,
      onOverflow: (tag, limit) => {
        this.delivery.tellOverflow(tag, maxTagValues, limit);
      },
      tagBuckets: options.tagBuckets,
    });
  }

  /** What writes. */
  get wire(): Wire {
    return this.#wire;
  }

  /** How often what is buffered is sent, in seconds. */
  get flushingPeriod(): number {
    return this.#flushingPeriod;
  }

  /** The lane of the time stamps (0 to 999). */
  get lane(): number {
    return this.#lane ?? this.#clock.lane.lane;
  }

  /** Records points. It never throws and never waits. */
  addPoints(points: Iterable<BaseMonitoringPoint>): void {
    try {
      // An iterator costs 8 ns a point more than an index.
      if (Array.isArray(points)) this.#addAll(points);
      else for (const point of points) this.#addPoint(point);
    } catch {
      // An iterable of the user's may throw; the application must not notice.
      this.delivery.recordUnstorable('');
    }
  }

  /** Begins to send every `flushingPeriod` seconds; beginning twice changes nothing. */
  start(): void {
    this.#flushing ??= new Scheduler(() => {
      this.delivery.tick();
    }, this.#flushingPeriod * MILLISECONDS_PER_SECOND);
    this.#flushing.start();
  }

  /**
   * Sends what is pending and all that comes over another wire. Requests under way end as they began; then the wire
   * before is closed.
   */
  use(wire: Wire, flushingPeriod: number): void {
    const isStarted = this.#flushing !== undefined;
    this.#flushing?.stop();
    this.#flushing = undefined;
    this.#flushingPeriod = flushingPeriod;
    const previous = this.#wire;
    this.#wire = wire;
    this.delivery.redirect(wire);
    if (previous !== wire) previous.close();
    if (isStarted) this.start();
  }

  /** Ends it: sends what is pending within the time given, and closes the wire. Stopping twice gives the same result. */
  async stop(options?: StopOptions): Promise<StopResult> {
    const result = await this.delivery.stop(options);
    this.#flushing?.stop();
    this.#wire.close();
    this.observers.tellStop();
    return result;
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
      if (this.#folding !== undefined && this.#fold(point, this.#folding)) return;
      line = this.encoder.encode(point, this.#clock.stamp(this.#timeOf(point.eventTime, series), this.#lane));
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

  /** @returns whether the event is wholly in its period, and no point of its own */
  #fold(point: BaseMonitoringPoint, folding: Folding): boolean {
    // What comes after `stop()` is dropped, which a period that never ends would hide.
    if (this.delivery.isStopped) return false;
    const result = folding.fold(point);
    if (result === 'not-folded') return false;
    this.delivery.recordFolded();
    return result === 'folded';
  }

  #createFolding(options: ResolvedAggregateOptions, { maxMemoryBytes }: DeliveryOptions = {}): Folding {
    return new Folding(options, {
      headOf: (point) => this.encoder.headOf(point),
      maxBytes: (maxMemoryBytes ?? DEFAULT_DELIVERY_OPTIONS.maxMemoryBytes) * FOLDING_SHARE,
      recordSummary: (text, series, periodStart) => {
        const line = `${text} ${this.#clock.stamp(periodStart, this.#lane)}`;
        this.delivery.record(line, series);
        this.observers.tellLine(line);
      },
    });
  }

  /** The time of a point, or that of now where it is none that an event of this process can have. */
  #timeOf(given: unknown, series: string): number {
    // No number stands for a bigint without losing some of it: such a point is counted as none that can be stored.
    if (typeof given === 'bigint') throw new TypeError('expected a number of seconds or a Date, got a bigint');
    const time = typeof given === 'number' ? given : secondsOf(given);
    // The clock is looked at only for what is later than anything before: a look costs 55 ns.
    if (time >= EARLIEST_TIME && (time <= this.#latestTime || time <= this.#lookAhead())) return time;
    this.encoder.countTime();
    this.#tellTime(series);
    return NaN;
  }

  #lookAhead(): number {
    this.#latestTime = this.#clock.now() + SECONDS_PER_DAY;
    return this.#latestTime;
  }

  #tellTime(series: string): void {
    if (this.#hasToldTime) return;
    this.#hasToldTime = true;
    const warn = guardListener((line: string) => {
      this.#logger.warn(line);
    });
    warn(
      logLine(
        'MON_EVENT_TIME',
        `a point of ${safeText(series)} has an eventTime that is neither a Date nor in seconds between 2000 and tomorrow, ` +
          'so it gets the current time; further ones are counted in stats().repairs.time',
      ),
    );
  }
}
