import type { BaseMonitoringAdapter } from './adapters/base-adapter.ts';
import { MemoryMonitoringAdapter } from './adapters/memory-adapter.ts';
import type { StopResult } from './delivery/delivery.ts';
import type { DeliveryStats } from './delivery/stats.ts';
import { processClock } from './line-protocol/clock.ts';
import { DEFAULT_SERVICE, type BaseMonitoringPoint } from './points/monitoring-point.ts';
import { processWide } from './process-wide.ts';

/** What became of the points, and what else was counted. */
export interface MonitoringStats extends DeliveryStats {
  /** What wrappers count beside points, as in `ws_send_without_context`. */
  readonly counters: Readonly<Record<string, number>>;
}

/** What the wrappers of express, ws and redis need of a monitoring. */
export abstract class BaseLunaMonitoring implements AsyncDisposable {
  readonly #counters = new Map<string, number>();

  /** Value of the tag `service`. */
  abstract readonly service: string;
  /** False where monitoring is switched off: nothing is recorded, nothing is wrapped. */
  abstract readonly isEnabled: boolean;

  /** Records points. It never throws and never waits. */
  abstract addPoints(points: Iterable<BaseMonitoringPoint>): void;
  /** Sends what is pending now; resolves when that is done or the database did not take it. Never rejects. */
  abstract flush(): Promise<void>;
  abstract stop(options?: { readonly timeoutMs?: number | undefined }): Promise<StopResult>;
  abstract stats(): MonitoringStats;

  /**
   * Counts something that is no point, to be read in `stats().counters`.
   *
   * @param name - one of a few fixed names, as in `ws_send_without_context`
   */
  countEvent(name: string): void {
    this.#counters.set(name, (this.#counters.get(name) ?? 0) + 1);
  }

  /** What `countEvent` counted. */
  protected get counters(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counters);
  }

  /** The present, in seconds since the epoch: what `eventTime` of a point that begins now is. */
  now(): number {
    return processClock().now();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

export interface LunaRequestInfluxMonitoringInit {
  readonly service?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly flushingPeriod?: number | undefined;
}

export class LunaRequestInfluxMonitoring extends BaseLunaMonitoring {
  readonly service: string;
  readonly isEnabled: boolean;
  #adapter: BaseMonitoringAdapter;

  constructor(init: LunaRequestInfluxMonitoringInit = {}) {
    super();
    this.service = init.service ?? DEFAULT_SERVICE;
    this.isEnabled = init.enabled ?? true;
    this.#adapter = new MemoryMonitoringAdapter({ flushingPeriod: init.flushingPeriod });
    this.#adapter.initializeScheduler();
  }

  /** The adapter in use; its `client` is the InfluxDB client, or the embedded store. */
  get adapter(): BaseMonitoringAdapter {
    return this.#adapter;
  }

  override addPoints(points: Iterable<BaseMonitoringPoint>): void {
    if (this.isEnabled) this.#adapter.addPointsToBuffer(points);
  }

  override flush(): Promise<void> {
    return this.#adapter.delivery.flush();
  }

  override stop(options?: { readonly timeoutMs?: number | undefined }): Promise<StopResult> {
    this.#adapter.stopScheduler();
    return this.#adapter.delivery.stop(options);
  }

  override stats(): MonitoringStats {
    return { ...this.#adapter.delivery.stats(), counters: this.counters };
  }
}

/** The one monitoring of the process that the wrappers use where they are given none; made on first use. */
export function defaultMonitoring(): BaseLunaMonitoring {
  return processWide('default-monitoring', () => new LunaRequestInfluxMonitoring());
}
