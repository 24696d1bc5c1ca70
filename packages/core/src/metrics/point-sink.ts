import type { BaseMonitoringPoint } from '../points/base-point.ts';

/** What a sampler needs of a monitoring. */
export interface PointSink {
  readonly isEnabled: boolean;
  readonly service: string;
  addPoints(points: Iterable<BaseMonitoringPoint>): void;
  countEvent(name: string): void;
  /** The present, in seconds since the epoch. */
  now(): number;
}
