import type { BaseMonitoringAdapter } from './adapters/base-adapter.ts';
import { createAdapter } from './adapters/create-adapter.ts';
import {
  asUndo,
  BaseLunaMonitoring,
  type FlushOptions,
  type Monitoring,
  type MonitoringStats,
  type Undo,
} from './base-monitoring.ts';
import { processClock } from './clock/clock.ts';
import {
  INFLUX_OPTION_RULES,
  MONITORING_OPTION_RULES,
  RE_INITIALIZE_OPTION_RULES,
  type MonitoringOptions,
  type ReInitializeOptions,
} from './config/monitoring-options.ts';
import { currentLayer } from './config/current-layer.ts';
import type { InfluxOptions } from './config/influx-options.ts';
import { readOptions } from './config/options-layer.ts';
import { resolveConfiguration, type ResolvedConfiguration } from './config/resolve.ts';
import { MonitoringError } from './errors.ts';
import { setFoldedSeries } from './folding/folded-series.ts';
import type { DeliveryEvent, DeliveryEventKind } from './ledger/delivery-event.ts';
import type { Health } from './ledger/health.ts';
import { selfFieldsOf } from './ledger/stats.ts';
import { decodeLine, type StoredPoint } from './lines/decode.ts';
import type { LineObserver } from './lines/line-observers.ts';
import { setMaxMessageAge } from './messages/message-age.ts';
import { startProcessMetrics, stopProcessMetrics } from './metrics/process-metrics.ts';
import type { Pipeline } from './pipeline.ts';
import type { RecordablePoint } from './points/base-point.ts';
import { SelfPoint } from './points/self-point.ts';
import { checkOptions } from './option-rules.ts';
import { untilAborted } from './process/deadline.ts';
import { Scheduler } from './process/scheduler.ts';
import type { StopOptions, StopResult } from './sending/shutdown.ts';
import { isAskedFor, PointStore, type PointQuery } from './wires/point-store.ts';
import { areEqualSettings, type InfluxSettings } from './wires/settings.ts';

const MILLISECONDS_PER_SECOND = 1000;

/**
 * Sends points to InfluxDB 1.x, 2.x or 3, or keeps them in memory where there are no credentials.
 *
 * It takes its options from code alone; `createMonitoring` reads the environment and the configuration file too.
 *
 * @category Monitoring
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
export class LunaRequestInfluxMonitoring extends BaseLunaMonitoring implements Monitoring {
  readonly service: string;
  readonly isEnabled: boolean;
  readonly #pipeline: Pipeline;
  #settings: InfluxSettings | undefined;
  #adapter: BaseMonitoringAdapter;
  readonly #selfTimer: Scheduler | undefined;
  #isStopped = false;

  /** True from the call of `stop()` on. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  constructor(options?: MonitoringOptions);
  /**
   * @param configuration - what all sources came to
   * @internal
   */
  constructor(options: MonitoringOptions | undefined, configuration: ResolvedConfiguration);
  constructor(options: MonitoringOptions = {}, configuration: ResolvedConfiguration = resolveOptions(options)) {
    super();
    this.service = configuration.service;
    this.isEnabled = configuration.enabled;
    if (this.isEnabled) setMaxMessageAge(this, configuration.maxMessageAgeSeconds);
    if (configuration.aggregate !== undefined) setFoldedSeries(this, configuration.aggregate);
    this.#settings = configuration.settings;
    this.#adapter = createAdapter(this.#settings, {
      aggregate: configuration.aggregate,
      delivery: { logger: options.logger, ...options.delivery, ...configuration.delivery },
      flushingPeriod: configuration.flushingPeriod,
      lane: configuration.lane,
      maxTagValues: configuration.maxTagValues,
      tagBuckets: options.tagBuckets,
    });
    this.#pipeline = this.#adapter.pipeline;
    if (this.isEnabled) this.#pipeline.start();
    if (this.isEnabled && configuration.lane === undefined && !processClock().lane.isExclusive) this.#tellSharedLane();
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
  static prepareSettings(options: InfluxOptions): InfluxSettings | undefined {
    return resolveConfiguration([readOptions('prepareSettings', options, INFLUX_OPTION_RULES)], options).settings;
  }

  /** The adapter in use; its `client` is the InfluxDB client, or the embedded store. */
  get adapter(): BaseMonitoringAdapter {
    return this.#adapter;
  }

  /** Where the points go; `undefined` for the embedded store. */
  get settings(): InfluxSettings | undefined {
    return this.#settings;
  }

  /** How often points are sent, in seconds. */
  get flushingPeriod(): number {
    return this.#pipeline.flushingPeriod;
  }

  /**
   * Goes over to other settings; what is not given stays as it is. Nothing changes where they are those in use, unless
   * `force` is true. Points that are pending go to the new database; none is lost. `{ store: 'memory' }` leaves the
   * database.
   *
   * @throws MonitoringError as the constructor does, and `ERR_STOPPED` after `stop()`; then nothing has changed
   */
  reInitializeMonitoring(options: ReInitializeOptions): void {
    const layer = readOptions('reInitializeMonitoring', options, RE_INITIALIZE_OPTION_RULES);
    const current = currentLayer(this.#settings, this.flushingPeriod, layer);
    const { agent = this.#settings?.agent, store } = options;
    const { settings, flushingPeriod } = resolveConfiguration([layer, current], { agent, store });
    this.#refuseStopped('reInitializeMonitoring');
    const isSame = areEqualSettings(settings, this.#settings) && flushingPeriod === this.flushingPeriod;
    if (isSame && options.force !== true) return;
    this.#adapter = createAdapter(settings, { flushingPeriod, pipeline: this.#pipeline });
    this.#settings = settings;
  }

  /**
   * Sends what is buffered this often from now on.
   *
   * @param seconds - from 0.01 to 3600
   * @throws MonitoringError `ERR_OPTION_TYPE`, and `ERR_STOPPED` after `stop()`
   */
  setFlushingPeriod(seconds: number): void {
    checkOptions('setFlushingPeriod', { seconds }, { seconds: RE_INITIALIZE_OPTION_RULES.flushingPeriod });
    this.#refuseStopped('setFlushingPeriod');
    this.#pipeline.use(this.#pipeline.wire, seconds);
  }

  observeLines(observer: LineObserver): Undo {
    return asUndo(this.#pipeline.observers.add(observer));
  }

  on<Kind extends DeliveryEventKind>(
    kind: Kind,
    listener: (event: Extract<DeliveryEvent, { kind: Kind }>) => void,
  ): Undo {
    return asUndo(this.#pipeline.delivery.on(kind, listener));
  }

  points(query?: PointQuery): StoredPoint[] {
    const { client } = this.#adapter;
    if (!(client instanceof PointStore)) {
      throw new MonitoringError(
        'ERR_NOT_IN_MEMORY',
        `points: expected the embedded store, got a monitoring whose points go to a database; give store: 'memory'`,
      );
    }
    const stored = client.points(query);
    const stamps = new Set(stored.map(({ stamp }) => stamp));
    // What is being stored is in both.
    const pending = this.#pipeline.delivery.pendingText().split('\n');
    const points = pending.filter((line) => line !== '').map((line) => decodeLine(line));
    return [...stored, ...points.filter((point) => !stamps.has(point.stamp) && isAskedFor(point, query))];
  }

  override addPoints<Point extends RecordablePoint<Point>>(points: Iterable<Point>): void {
    if (this.isEnabled) this.#pipeline.addPoints(points);
  }

  override flush({ signal }: FlushOptions = {}): Promise<void> {
    return untilAborted(this.#pipeline.delivery.flush(), signal);
  }

  override stop(options?: StopOptions): Promise<StopResult> {
    this.#isStopped = true;
    stopProcessMetrics(this);
    this.#selfTimer?.stop();
    return this.#pipeline.stop(options);
  }

  health(): Health {
    return this.#pipeline.delivery.health();
  }

  override stats(): MonitoringStats {
    const { delivery, encoder, lane, observers } = this.#pipeline;
    const failedCount = delivery.failedCallbackCount + observers.failedCallbackCount;
    return {
      ...delivery.stats(),
      clockLeadMs: processClock().leadMs,
      counters: failedCount === 0 ? this.counters : { ...this.counters, callback_failed: failedCount },
      lane,
      overflowedTags: Object.fromEntries(encoder.overflows),
      repairs: Object.fromEntries(encoder.repairs),
    };
  }

  #refuseStopped(owner: string): void {
    if (!this.#isStopped) return;
    throw new MonitoringError(
      'ERR_STOPPED',
      `${owner}: expected a monitoring in use, got one that was stopped; make a new one`,
    );
  }

  #tellSharedLane(): void {
    this.countEvent('lane_shared');
    const text =
      'all 1,000 lanes of this host are taken, so points may overwrite those of another process; set MONITORING_LANE';
    this.#pipeline.delivery.warn('MON_LANES_TAKEN', text);
  }

  #recordSelf(): void {
    const { service } = this;
    this.addPoints([new SelfPoint({ eventTime: this.now(), fields: selfFieldsOf(this.stats()), service })]);
  }
}

function resolveOptions(options: MonitoringOptions): ResolvedConfiguration {
  return resolveConfiguration([readOptions('LunaRequestInfluxMonitoring', options, MONITORING_OPTION_RULES)], options);
}
