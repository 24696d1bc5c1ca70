import type { AnyMonitoringPoint } from '../points/base-point.ts';

/** What a sampler needs of a monitoring. */
export interface PointSink {
  readonly isEnabled: boolean;
  readonly service: string;
  addPoints(points: Iterable<AnyMonitoringPoint>): void;
  countEvent(name: string): void;
  /** The present, in seconds since the epoch. */
  now(): number;
}
