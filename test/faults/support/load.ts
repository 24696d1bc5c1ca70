import { LunaRequestInfluxMonitoring, RequestMonitoringPoint, type MonitoringOptions } from '@influx-monitoring/core';

/** Delays far shorter than the defaults: nothing but the time changes. */
export const FAST_DELIVERY = {
  minRetryDelayMs: 5,
  maxRetryDelayMs: 40,
  operatorRetryDelayMs: 20,
  poisonAfterMs: 5000,
  requestTimeoutMs: 1000,
  signals: 'never',
} as const;

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** How long a database that works again may take to get everything, in milliseconds. */
const DRAIN_DEADLINE_MS = 30_000;

/** Not the series that the numbered points are in. */
const TYPED_SERIES = 'types';

/** A monitoring under load, each of whose points has a number of its own. */
export class Load {
  readonly monitoring: LunaRequestInfluxMonitoring;
  #count: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param firstNumber - of its first point, where an earlier load recorded those before */
  constructor(options: MonitoringOptions, firstNumber = 0) {
    this.#count = firstNumber;
    this.monitoring = new LunaRequestInfluxMonitoring({
      flushingPeriod: 0.02,
      logger: SILENT,
      ...options,
      delivery: { ...FAST_DELIVERY, ...options.delivery },
    });
  }

  /** The number of the next point: how many were recorded by now. */
  get count(): number {
    return this.#count;
  }

  /** Records points of one moment and equal tags: without a stamp of its own each would overwrite the one before. */
  add(count: number): void {
    const requestTime = this.monitoring.now();
    for (let added = 0; added < count; added += 1) {
      const point = new RequestMonitoringPoint({
        requestId: String(this.#count),
        resource: '/version',
        method: 'GET',
        requestTime,
        service: 'faults',
        statusCode: 200,
        executionTime: 0.001,
      });
      this.monitoring.addPoints([point]);
      this.#count += 1;
    }
  }

  /**
   * Records points that the database refuses for good: their field has another type than `addFirstOfItsType` gave it.
   *
   * @param time - of all of them, in seconds since 1970, since a database binds types within a shard
   */
  addRefused(count: number, time: number): void {
    for (let added = 0; added < count; added += 1) {
      this.monitoring.record(TYPED_SERIES, { fields: { value: 'text' }, time });
    }
  }

  /** Records the point that gives the field of `addRefused` its type. */
  addFirstOfItsType(time: number): void {
    this.monitoring.record(TYPED_SERIES, { fields: { value: 1 }, time });
  }

  /** Records points all the time. */
  start(pointsPerSecond: number): void {
    const periodMs = 10;
    let dueAtMs = performance.now();
    this.#timer = setInterval(() => {
      for (; dueAtMs <= performance.now(); dueAtMs += periodMs)
        this.add(Math.ceil((pointsPerSecond * periodMs) / 1000));
    }, periodMs);
  }

  pause(): void {
    clearInterval(this.#timer);
  }

  /** Ends the load, and resolves when all that was recorded came to its end. @throws where that takes too long */
  async drain(): Promise<void> {
    this.pause();
    const deadlineMs = performance.now() + DRAIN_DEADLINE_MS;
    await this.monitoring.flush();
    while (this.monitoring.stats().pending > 0) {
      if (performance.now() > deadlineMs) throw new Error(`still pending: ${JSON.stringify(this.monitoring.stats())}`);
      await pause(10);
      await this.monitoring.flush();
    }
  }

  /** Resolves when the database failed so often more. */
  failures(count: number): Promise<void> {
    const target = this.monitoring.stats().retries + count;
    return new Promise((resolve) => {
      const off = this.monitoring.adapter.delivery.on('retry', () => {
        if (this.monitoring.stats().retries < target) return;
        off();
        resolve();
      });
    });
  }
}

export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}
