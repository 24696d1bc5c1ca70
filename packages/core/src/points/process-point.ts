import {
  BaseMonitoringPoint,
  DEFAULT_SERVICE,
  type BaseMonitoringPointInit,
  type Fields,
  type Tags,
} from './base-point.ts';
import { processTags } from './process-tags.ts';

/**
 * What `ProcessPoint` is made from.
 *
 * @category Points
 */
export interface ProcessPointInit extends BaseMonitoringPointInit {
  readonly fields: Fields;
  /** @defaultValue `luna-sender` */
  readonly service?: string | undefined;
}

/**
 * What a process used in a period: series `process`. Its tags tell apart the processes of a service.
 *
 * @category Points
 */
export class ProcessPoint extends BaseMonitoringPoint {
  static readonly series = 'process';

  readonly series = ProcessPoint.series;
  readonly service: string;
  readonly fields: Fields;

  constructor(init: ProcessPointInit) {
    super(init);
    this.service = init.service ?? DEFAULT_SERVICE;
    this.fields = init.fields;
  }

  get tags(): Tags {
    return processTags(this.service);
  }
}
