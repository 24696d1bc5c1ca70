import {
  BaseSenderMonitoringPoint,
  roundToMicroseconds,
  type BaseMonitoring,
  type BaseSenderMonitoringPointInit,
  type Fields,
  type Tags,
} from '@influx-monitoring/core';

/** What every `StuckSocketPoint` is made from. */
export interface StuckSocketPointInit extends BaseSenderMonitoringPointInit {
  /** `none` where there is none. */
  readonly accountId: string;
  /** Bytes that wait in this process for the client to read. */
  readonly bufferedBytes: number;
  /** Sends whose end is not known yet. */
  readonly pendingSends: number;
  /** Seconds since a send of the socket ended, or since the first of those that wait began. */
  readonly stalledTime: number;
}

/**
 * One socket whose sends wait and do not end: series `ws_sockets`, opt-in by `gauges`.
 *
 * A series of its own, because `ws_requests` has one point for each message that was handed over, and this is about
 * messages that were not.
 */
export class StuckSocketPoint extends BaseSenderMonitoringPoint {
  static readonly series = 'ws_sockets';

  readonly series = StuckSocketPoint.series;
  readonly accountId: string;
  readonly bufferedBytes: number;
  readonly pendingSends: number;
  readonly stalledTime: number;

  constructor(init: StuckSocketPointInit) {
    super(init);
    this.accountId = init.accountId;
    this.bufferedBytes = init.bufferedBytes;
    this.pendingSends = init.pendingSends;
    this.stalledTime = init.stalledTime;
  }

  override get tags(): Tags {
    return { account_id: this.accountId, service: this.service };
  }

  get fields(): Fields {
    return {
      buffered_bytes: BigInt(this.bufferedBytes),
      pending_sends: BigInt(this.pendingSends),
      stalled_time: roundToMicroseconds(this.stalledTime),
    };
  }
}

/** What a gauge needs to know of its socket's measure. */
interface GaugeOwner {
  readonly monitoring: BaseMonitoring;
  accountId(socket: object): string;
}

/** The sends of one socket that wait for their end. */
export class SendGauge {
  readonly #socket: object;
  readonly #owner: GaugeOwner;
  readonly #reporter: StuckSocketReporter;
  #pendingSends = 0;
  #progressedAtMs = 0;

  constructor(socket: object, owner: GaugeOwner, periodSeconds: number) {
    this.#socket = socket;
    this.#owner = owner;
    this.#reporter = reporterOf(owner.monitoring, periodSeconds * 1000);
  }

  /** The gauges as fields of a point: whole numbers. */
  get fields(): Fields {
    return { buffered_bytes: BigInt(this.#bufferedBytes), pending_sends: BigInt(this.#pendingSends) };
  }

  begin(): void {
    this.#pendingSends += 1;
    if (this.#pendingSends > 1) return;
    this.#progressedAtMs = performance.now();
    this.#reporter.watch(this);
  }

  end(): void {
    this.#pendingSends -= 1;
    this.#progressedAtMs = performance.now();
    if (this.#pendingSends === 0) this.#reporter.forget(this);
  }

  /** The socket as a point, if no send of it ended in the time given. */
  stuckPoint(nowMs: number, patienceMs: number): StuckSocketPoint | undefined {
    const stalledMs = nowMs - this.#progressedAtMs;
    if (stalledMs < patienceMs) return undefined;
    const { monitoring } = this.#owner;
    return new StuckSocketPoint({
      eventTime: monitoring.now(),
      accountId: this.#owner.accountId(this.#socket),
      bufferedBytes: this.#bufferedBytes,
      pendingSends: this.#pendingSends,
      service: monitoring.service,
      stalledTime: stalledMs / 1000,
    });
  }

  get #bufferedBytes(): number {
    const bytes: unknown = Reflect.get(this.#socket, 'bufferedAmount');
    return typeof bytes === 'number' && Number.isInteger(bytes) ? bytes : 0;
  }
}

/**
 * Looks at the sockets that wait, once a period: the callback of a send that never ends cannot tell.
 *
 * One timer for all sockets of a monitoring, running only while one of them waits, and keeping no process alive.
 */
class StuckSocketReporter {
  readonly #monitoring: BaseMonitoring;
  readonly #periodMs: number;
  readonly #waiting = new Set<SendGauge>();
  #timer: NodeJS.Timeout | undefined;

  constructor(monitoring: BaseMonitoring, periodMs: number) {
    this.#monitoring = monitoring;
    this.#periodMs = periodMs;
  }

  watch(gauge: SendGauge): void {
    this.#waiting.add(gauge);
    this.#timer ??= setInterval(() => {
      this.#report();
    }, this.#periodMs).unref();
  }

  /** The timer goes on to its next turn: starting and stopping it for each send would cost more than an empty turn. */
  forget(gauge: SendGauge): void {
    this.#waiting.delete(gauge);
  }

  #report(): void {
    if (this.#waiting.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const nowMs = performance.now();
    const points: StuckSocketPoint[] = [];
    for (const gauge of this.#waiting) {
      const point = gauge.stuckPoint(nowMs, this.#periodMs);
      if (point !== undefined) points.push(point);
    }
    this.#monitoring.addPoints(points);
  }
}

const reporters = new WeakMap<BaseMonitoring, Map<number, StuckSocketReporter>>();

function reporterOf(monitoring: BaseMonitoring, periodMs: number): StuckSocketReporter {
  let byPeriod = reporters.get(monitoring);
  if (byPeriod === undefined) {
    byPeriod = new Map();
    reporters.set(monitoring, byPeriod);
  }
  let reporter = byPeriod.get(periodMs);
  if (reporter === undefined) {
    reporter = new StuckSocketReporter(monitoring, periodMs);
    byPeriod.set(periodMs, reporter);
  }
  return reporter;
}
