import { BaseMonitoringPoint, type Fields, type FieldsOf, type Tags, type TagsOf } from './base-point.ts';

/**
 * A point without a class of its own.
 *
 * @category Points
 */
export interface PointData<PointTags extends TagsOf<PointTags>, PointFields extends FieldsOf<PointFields>> {
  /** Data that is not indexed; a point needs one field at least. */
  readonly fields: PointFields;
  /** Indexed data; `service` is added. */
  readonly tags?: PointTags | undefined;
  /** When the event began: a Date, or seconds since the epoch. @defaultValue now */
  readonly time?: Date | number | undefined;
}

/** What `RecordedPoint` is made from. */
export interface RecordedPointInit {
  readonly eventTime: Date | number;
  readonly series: string;
  readonly tags: object;
  readonly fields: object;
}

/** A point of a plain series name, tags and fields. */
export class RecordedPoint extends BaseMonitoringPoint {
  declare readonly series: string;
  declare readonly tags: Tags;
  declare readonly fields: Fields;

  constructor({ eventTime, series, tags, fields }: RecordedPointInit) {
    super({ eventTime });
    this.series = series;
    // What callers pass was held to these types by TagsOf and FieldsOf.
    this.tags = tags as Tags;
    this.fields = fields as Fields;
  }
}
