import { BaseLunaMonitoring, type BaseMonitoringPoint, type MonitoringStats } from '@influx-monitoring/core';

/** A point as it was recorded, before any line is made of it. */
export interface RecordedPoint {
  readonly series: string;
  readonly tags: Readonly<Record<string, unknown>>;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A monitoring that keeps the points as they are: for tests of what is recorded, not of how it travels. */
export class PointCollector extends BaseLunaMonitoring {
  readonly service: string;
  isEnabled = true;
  readonly points: RecordedPoint[] = [];
  /** Told of each request's point: a test waits for it, since a response may arrive before its end is seen here. */
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(service = 'shop') {
    super();
    this.service = service;
  }

  override addPoints(points: Iterable<BaseMonitoringPoint>): void {
    for (const { series, tags, fields } of points)
      this.points.push({ series, tags: { ...tags }, fields: { ...fields } });
    for (const { count, resolve } of this.#waiting) if (this.of('requests').length >= count) resolve();
  }

  of(series: string): RecordedPoint[] {
    return this.points.filter((point) => point.series === series);
  }

  /** Resolves when so many requests were recorded. */
  async requests(count: number): Promise<RecordedPoint[]> {
    await new Promise<void>((resolve) => {
      this.#waiting.push({ count, resolve });
      if (this.of('requests').length >= count) resolve();
    });
    return this.of('requests');
  }

  /** What `countEvent` counted. */
  get events(): Readonly<Record<string, number>> {
    return this.counters;
  }

  override flush(): Promise<void> {
    return Promise.resolve();
  }

  override stop(): ReturnType<BaseLunaMonitoring['stop']> {
    throw new Error('a collector has nothing to stop');
  }

  override stats(): MonitoringStats {
    throw new Error('a collector delivers nothing');
  }
}
