import type { RecordablePoint } from '../points/base-point.ts';

/** What a sampler needs of a monitoring. */
export interface PointSink {
  readonly isEnabled: boolean;
  readonly service: string;
  addPoints<Point extends RecordablePoint<Point>>(points: Iterable<Point>): void;
  countEvent(name: string): void;
  /** The present, in seconds since the epoch. */
  now(): number;
}
