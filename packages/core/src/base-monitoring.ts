import { processClock } from './clock/clock.ts';
import type { DeliveryStats } from './ledger/stats.ts';
import type { Repair } from './lines/encode.ts';
import type { PointSink } from './metrics/point-sink.ts';
import type { BaseMonitoringPoint } from './points/base-point.ts';
import type { StopResult } from './sending/delivery.ts';

/** What became of the points, and what else was counted. */
export interface MonitoringStats extends DeliveryStats {
  /** What wrappers count beside points, as in `ws_send_without_context`. */
  readonly counters: Readonly<Record<string, number>>;
  /** How far time stamps are ahead of the wall clock after it was set back, in milliseconds. */
  readonly clockLeadMs: number;
  /** The lane of the time stamps (0 to 999). */
  readonly lane: number;
  /** How many tag values became `other`, by `series.tag`. */
  readonly overflowedTags: Readonly<Record<string, number>>;
  /** What was changed in points so that they can be stored. */
  readonly repairs: Readonly<Partial<Record<Repair, number>>>;
}

/** What the wrappers of express, ws and redis need of a monitoring. */
export abstract class BaseLunaMonitoring implements AsyncDisposable, PointSink {
  readonly #clock = processClock();
  readonly #counters = new Map<string, { count: number }>();

  /** Value of the tag `service`. */
  abstract readonly service: string;
  /** False where monitoring is switched off: nothing is recorded, nothing is wrapped. */
  abstract readonly isEnabled: boolean;

  /** Records points. It never throws and never waits. */
  abstract addPoints(points: Iterable<BaseMonitoringPoint>): void;
  /** Sends what is pending now; resolves when that is done or the database did not take it. It never rejects. */
  abstract flush(): Promise<void>;
  /**
   * Ends monitoring: sends what is pending within the time given, and closes the connection. Stopping twice gives the
   * same promise.
   *
   * @param options - `timeoutMs`: how long to try, in milliseconds; 5,000 where not given
   */
  abstract stop(options?: { readonly timeoutMs?: number | undefined }): Promise<StopResult>;
  abstract stats(): MonitoringStats;

  /** The present, in seconds since the epoch: what `eventTime` of a point that begins now is. */
  now(): number {
    return this.#clock.now();
  }

  /**
   * Counts something that is no point, to be read in `stats().counters`.
   *
   * @param name - one of a few fixed names, as in `ws_send_without_context`
   */
  countEvent(name: string): void {
    const counter = this.#counters.get(name);
    // One look-up, half the price of get and set: it stands in the way of every send of ws.
    if (counter === undefined) this.#counters.set(name, { count: 1 });
    else counter.count += 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** What `countEvent` counted. */
  protected get counters(): Readonly<Record<string, number>> {
    return Object.fromEntries(Array.from(this.#counters, ([name, { count }]) => [name, count]));
  }
}
