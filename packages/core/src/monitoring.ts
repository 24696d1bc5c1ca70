import type { BaseMonitoringAdapter, BaseMonitoringAdapterInit } from './wires/base-adapter.ts';
import type { LineObserver } from './wires/line-observers.ts';
import { Influx1MonitoringAdapter } from './wires/influx1-adapter.ts';
import { Influx2MonitoringAdapter } from './wires/influx2-adapter.ts';
import { MemoryMonitoringAdapter } from './wires/memory-adapter.ts';
import { areEqualSettings, Influx1Settings, Influx2Settings } from './wires/settings.ts';
import {
  INFLUX_OPTION_RULES,
  MONITORING_OPTION_RULES,
  RE_INITIALIZE_OPTION_RULES,
  readOptions,
  type InfluxOptions,
  type MonitoringOptions,
  type ReInitializeOptions,
} from './config/monitoring-options.ts';
import { resolveConfiguration, type ResolvedConfiguration } from './config/resolve.ts';
import type { StopResult } from './sending/delivery.ts';
import { Scheduler } from './process/scheduler.ts';
import { selfFieldsOf, type DeliveryStats } from './ledger/stats.ts';
import { MonitoringError } from './errors.ts';
import { processClock } from './clock/clock.ts';
import { setMaxMessageAge } from './messages/message-age.ts';
import type { Repair } from './lines/encode.ts';
import type { BaseMonitoringPoint } from './points/base-point.ts';
import { SelfPoint } from './points/self-point.ts';
import { startProcessMetrics, stopProcessMetrics } from './metrics/process-metrics.ts';

const MILLISECONDS_PER_SECOND = 1000;

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
export abstract class BaseLunaMonitoring implements AsyncDisposable {
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

/**
 * Sends points to InfluxDB 1.x, 2.x or 3, or keeps them in memory where there are no credentials.
 *
 * It takes its options from code alone; `createMonitoring` reads the environment and the configuration file too.
 *
 * @throws MonitoringError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`, `ERR_OPTION_MISSING`, `ERR_OPTION_CONFLICT`
 *
 * @example
 * ```ts
 * import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
 *
 * const monitoring = new LunaRequestInfluxMonitoring({
 *   credentials: { organization: 'luna', bucket: 'luna_monitoring', token: 'secret' },
 *   host: 'influx.example',
 * });
 * await monitoring.stop();
 * ```
 */
export class LunaRequestInfluxMonitoring extends BaseLunaMonitoring {
  readonly service: string;
  readonly isEnabled: boolean;
  readonly #adapterOptions: Omit<BaseMonitoringAdapterInit, 'flushingPeriod'>;
  #settings: Influx1Settings | Influx2Settings | undefined;
  #adapter: BaseMonitoringAdapter;
  readonly #selfTimer: Scheduler | undefined;
  #isStopped = false;

  /** @param configuration - what other sources than code came to; left out by users */
  constructor(options: MonitoringOptions = {}, configuration: ResolvedConfiguration = resolveOptions(options)) {
    super();
    this.service = configuration.service;
    this.isEnabled = configuration.enabled;
    if (this.isEnabled) setMaxMessageAge(this, configuration.maxMessageAgeSeconds);
    this.#settings = configuration.settings;
    this.#adapterOptions = {
      lane: configuration.lane,
      maxTagValues: configuration.maxTagValues,
      delivery: { logger: options.logger, ...options.delivery },
    };
    this.#adapter = createAdapter(this.#settings, {
      ...this.#adapterOptions,
      flushingPeriod: configuration.flushingPeriod,
    });
    if (this.isEnabled) this.#adapter.initializeScheduler();
    const { processPeriodSeconds, selfPeriodSeconds } = configuration;
    if (processPeriodSeconds !== undefined) startProcessMetrics(this, processPeriodSeconds);
    if (selfPeriodSeconds !== undefined && this.isEnabled) {
      this.#selfTimer = new Scheduler(() => {
        this.#recordSelf();
      }, selfPeriodSeconds * MILLISECONDS_PER_SECOND);
      this.#selfTimer.start();
    }
  }

  /**
   * Makes the settings of a database from what the source calls them.
   *
   * @returns `undefined` where there are no credentials
   */
  static prepareSettings(options: InfluxOptions): Influx1Settings | Influx2Settings | undefined {
    return resolveConfiguration([readOptions('prepareSettings', options, INFLUX_OPTION_RULES)]).settings;
  }

  /** The adapter in use; its `client` is the InfluxDB client, or the embedded store. */
  get adapter(): BaseMonitoringAdapter {
    return this.#adapter;
  }

  /** Where the points go; `undefined` for the embedded store. */
  get settings(): Influx1Settings | Influx2Settings | undefined {
    return this.#settings;
  }

  /** How often points are sent, in seconds. */
  get flushingPeriod(): number {
    return this.#adapter.flushingPeriod;
  }

  /**
   * Goes over to other settings. Nothing changes where they are those in use, unless `force` is true. Points that are
   * pending go to the new database; none is lost.
   *
   * @throws MonitoringError as the constructor does, and `ERR_STOPPED` after `stop()`; then nothing has changed
   */
  reInitializeMonitoring(options: ReInitializeOptions): void {
    const layer = readOptions('reInitializeMonitoring', options, RE_INITIALIZE_OPTION_RULES);
    const { settings, flushingPeriod } = resolveConfiguration([layer]);
    if (this.#isStopped) {
      throw new MonitoringError(
        'ERR_STOPPED',
        'reInitializeMonitoring: expected a monitoring in use, got one that was stopped; make a new one',
      );
    }
    const isSame = areEqualSettings(settings, this.#settings) && flushingPeriod === this.flushingPeriod;
    if (isSame && options.force !== true) return;
    const previous = this.#adapter;
    this.#adapter = createAdapter(settings, { ...this.#adapterOptions, flushingPeriod, predecessor: previous });
    this.#settings = settings;
    this.#adapter.takeOver();
    previous.stopScheduler();
    previous.close();
    if (this.isEnabled) this.#adapter.initializeScheduler();
  }

  /**
   * Looks on while points are recorded, as a live view does; it is told of each line at once, also while the database
   * is away. Observers stay through `reInitializeMonitoring`.
   *
   * @returns a function that takes the observer away again
   */
  observeLines(observer: LineObserver): () => void {
    return this.#adapter.observers.add(observer);
  }

  override addPoints(points: Iterable<BaseMonitoringPoint>): void {
    if (this.isEnabled) this.#adapter.addPointsToBuffer(points);
  }

  override flush(): Promise<void> {
    return this.#adapter.delivery.flush();
  }

  override async stop(options?: { readonly timeoutMs?: number | undefined }): Promise<StopResult> {
    this.#isStopped = true;
    stopProcessMetrics(this);
    this.#selfTimer?.stop();
    const result = await this.#adapter.delivery.stop(options);
    this.#adapter.stopScheduler();
    this.#adapter.close();
    this.#adapter.observers.tellStop();
    return result;
  }

  override stats(): MonitoringStats {
    const { delivery, encoder } = this.#adapter;
    const clock = processClock();
    return {
      ...delivery.stats(),
      clockLeadMs: clock.leadMs,
      counters: this.counters,
      lane: this.#adapterOptions.lane ?? clock.lane.lane,
      overflowedTags: Object.fromEntries(encoder.overflows),
      repairs: Object.fromEntries(encoder.repairs),
    };
  }

  #recordSelf(): void {
    const { service } = this;
    this.addPoints([new SelfPoint({ eventTime: this.now(), fields: selfFieldsOf(this.stats()), service })]);
  }
}

function resolveOptions(options: MonitoringOptions): ResolvedConfiguration {
  return resolveConfiguration([readOptions('LunaRequestInfluxMonitoring', options, MONITORING_OPTION_RULES)]);
}

function createAdapter(
  settings: Influx1Settings | Influx2Settings | undefined,
  init: BaseMonitoringAdapterInit,
): BaseMonitoringAdapter {
  if (settings instanceof Influx1Settings) return new Influx1MonitoringAdapter({ ...init, settings });
  if (settings instanceof Influx2Settings) return new Influx2MonitoringAdapter({ ...init, settings });
  return new MemoryMonitoringAdapter(init);
}
