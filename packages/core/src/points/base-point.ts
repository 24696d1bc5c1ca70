import { types } from 'node:util';

/**
 * What a tag may hold; on the wire a tag is always text. `null` and `undefined` leave the tag out.
 *
 * @category Points
 */
export type TagValue = string | number | bigint | boolean | null | undefined;

/**
 * What a field may hold. A number is a float on the wire, a bigint an integer of 64 bits.
 * `null`, `undefined`, `NaN` and the infinities leave the field out.
 *
 * @category Points
 */
export type FieldValue = string | number | bigint | boolean | null | undefined;

/**
 * Indexed data of a point: what a query groups and filters by.
 *
 * @category Points
 */
export type Tags = Readonly<Record<string, TagValue>>;

/**
 * Data of a point that is not indexed: what a query counts and averages.
 *
 * @category Points
 */
export type Fields = Readonly<Record<string, FieldValue>>;

/**
 * Tags of any object's type, an interface included.
 *
 * @category Points
 */
export type TagsOf<Type> = { readonly [Key in keyof Type]: TagValue };

/**
 * Fields of any object's type, an interface included.
 *
 * @category Points
 */
export type FieldsOf<Type> = { readonly [Key in keyof Type]: FieldValue };

/**
 * The service's name where the user gives none (LUNA's own).
 *
 * @category Points
 */
export const DEFAULT_SERVICE = 'luna-sender';

const MICROSECONDS_PER_SECOND = 1e6;
const MILLISECONDS_PER_SECOND = 1e3;

/**
 * What every point is made from.
 *
 * @category Points
 */
export interface BaseMonitoringPointInit {
  /** When the event began: seconds since the epoch, or a Date. */
  readonly eventTime: Date | number;
}

/**
 * One event, as a point of a time series: a series name, a time, tags and fields.
 *
 * Derive from it to record an event of your own; the line protocol is made from `series`, `tags` and `fields`.
 *
 * @category Points
 * @example
 * ```ts
 * import { BaseMonitoringPoint, type Fields, type Tags } from '@influx-monitoring/core';
 *
 * class CachePoint extends BaseMonitoringPoint {
 *   readonly series = 'cache';
 *   get tags(): Tags {
 *     return { service: 'shop' };
 *   }
 *   get fields(): Fields {
 *     return { hits: 3n };
 *   }
 * }
 * const point = new CachePoint({ eventTime: Date.now() / 1000 });
 * ```
 */
export abstract class BaseMonitoringPoint {
  // The fields of the points of this library are declared alone, so that no code defines each before the constructor sets
  // it: a point in 34 ns against 53 (bench/points/live-shapes.ts), and 150 less while the code is cold, as it is between
  // messages.
  /** When the event began, in seconds since the epoch. */
  declare readonly eventTime: number;

  constructor({ eventTime }: BaseMonitoringPointInit) {
    this.eventTime = typeof eventTime === 'object' ? secondsOf(eventTime) : eventTime;
  }

  /** Name of the time series (InfluxDB calls it measurement). */
  abstract readonly series: string;

  /** Indexed data: an object of `TagValue`s, which `addPoint` holds it to. */
  abstract get tags(): object;

  /** Data that is not indexed: an object of `FieldValue`s. A point without any field cannot be stored. */
  abstract get fields(): object;
}

/** What a point's class types one of these as. */
type PartOf<Point, Name extends 'fields' | 'tags'> = Point extends { readonly [Key in Name]: infer Part }
  ? Part
  : never;

/**
 * A point whose tags and fields hold only what can be stored, however its class types them: by `Fields`, by an interface,
 * or by what their getters return.
 *
 * @category Points
 */
export type RecordablePoint<Point> = BaseMonitoringPoint & {
  readonly fields: FieldsOf<PartOf<Point, 'fields'>>;
  readonly tags: TagsOf<PartOf<Point, 'tags'>>;
};

/** Seconds since the epoch of a Date, of whichever realm; NaN for anything else that JavaScript may pass. */
export function secondsOf(time: unknown): number {
  return types.isDate(time) ? time.getTime() / MILLISECONDS_PER_SECOND : NaN;
}

/**
 * Rounds seconds to six decimals, as LUNA writes durations.
 *
 * @category Points
 * @param seconds - a duration in seconds
 *
 * @example
 * ```ts
 * import { roundToMicroseconds } from '@influx-monitoring/core';
 *
 * console.log(roundToMicroseconds(0.0123456789)); // 0.012346
 * ```
 */
export function roundToMicroseconds(seconds: number): number {
  return Math.round(seconds * MICROSECONDS_PER_SECOND) / MICROSECONDS_PER_SECOND;
}

/**
 * Tags or fields with the standard ones before the additional ones, whose values they keep: what comes first in a line is
 * never displaced, neither by a name that becomes the same on the wire nor for want of room.
 *
 * @param standard - those that every point of the series has
 * @param additional - the user's own
 */
export function standardFirst<Data extends Tags | Fields>(standard: Data, additional: Data | undefined): Data {
  return additional === undefined ? standard : { ...standard, ...additional, ...standard };
}
