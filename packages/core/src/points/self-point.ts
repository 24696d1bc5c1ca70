import {
  BaseMonitoringPoint,
  DEFAULT_SERVICE,
  type BaseMonitoringPointInit,
  type Fields,
  type Tags,
} from './base-point.ts';
import { processTags } from './process-tags.ts';

/**
 * What `SelfPoint` is made from.
 *
 * @category Points
 */
export interface SelfPointInit extends BaseMonitoringPointInit {
  readonly fields: Fields;
  /** @defaultValue `luna-sender` */
  readonly service?: string | undefined;
}

/**
 * How delivery itself does: series `monitoring`. Its fields are those of `selfFieldsOf`.
 *
 * @category Points
 */
export class SelfPoint extends BaseMonitoringPoint {
  static readonly series = 'monitoring';

  readonly series = SelfPoint.series;
  readonly service: string;
  readonly fields: Fields;

  constructor(init: SelfPointInit) {
    super(init);
    this.service = init.service ?? DEFAULT_SERVICE;
    this.fields = init.fields;
  }

  get tags(): Tags {
    return processTags(this.service);
  }
}
