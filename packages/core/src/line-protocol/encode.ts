import type { BaseMonitoringPoint, FieldValue, TagValue } from '../points/monitoring-point.ts';
import { escapeKey, escapeSeries, isTooLongString, quoteString } from './escape.ts';
import { FieldTypes, isStorable } from './field-types.ts';
import { TagBudget, type TagBudgetOptions } from './tag-budget.ts';

/** A point as the source's clients take it: what `convertPointToDict` gives. */
export interface PointDict {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, NonNullable<FieldValue>>>;
}

/** What was changed in a point so that it can be stored. */
export type Repair = 'name' | 'value' | 'type' | 'length' | 'duplicate';

/** Bounds of one line, so that no single point fills a batch. */
const MAX_TAGS = 64;
const MAX_FIELDS = 128;
const MAX_LINE_LENGTH = 512 * 1024;

/** Names seen before, with their text for the wire; bounded, since a key may be outside text. */
const MAX_KNOWN_NAMES = 10_000;

/** A longer name is escaped anew each time rather than kept. */
const MAX_KNOWN_NAME_LENGTH = 512;

/**
 * Writes points as line protocol. It never throws for what a point holds: what InfluxDB cannot store is renamed, cut,
 * converted or left out, and counted in `repairs`.
 */
export class LineEncoder {
  readonly repairs = new Map<Repair, number>();
  readonly #tagBudget: TagBudget;
  readonly #fieldTypes = new FieldTypes();
  readonly #names = new Map<string, string>();
  readonly #seriesNames = new Map<string, string>();

  constructor(options: TagBudgetOptions) {
    this.#tagBudget = new TagBudget(options);
  }

  /** How many tag values became `other`, by `series.tag`. */
  get overflows(): ReadonlyMap<string, number> {
    return this.#tagBudget.overflows;
  }

  /**
   * Writes one line, without a line end.
   *
   * @param point - any point, of this library's classes or the user's
   * @param stamp - nanoseconds since the epoch, as digits
   * @returns the line, or `undefined` where no field is left to store
   */
  encode(point: BaseMonitoringPoint, stamp: string): string | undefined {
    return this.encodeParts(point.series, point.tags, point.fields, stamp);
  }

  /** Writes one line from its parts: the way of `encode`, and of a `PointDict`. */
  encodeParts(
    series: string,
    tags: Readonly<Record<string, TagValue>>,
    fields: Readonly<Record<string, FieldValue>>,
    stamp: string,
  ): string | undefined {
    const measurement = this.#seriesName(series);
    if (measurement === '') return undefined;
    const tagText = this.#encodeTags(measurement, tags);
    const fieldText = this.#encodeFields(measurement, fields, tags);
    return fieldText === '' ? undefined : `${measurement}${tagText} ${fieldText} ${stamp}`;
  }

  #encodeTags(measurement: string, tags: Readonly<Record<string, TagValue>>): string {
    let text = '';
    let count = 0;
    // Two keys can only become one name where one of them was changed.
    let isRenamed = false;
    for (const key in tags) {
      const value = tags[key];
      if (value === undefined || value === null || value === '') continue;
      const name = this.#name(key);
      if (name === '' || typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
        this.#count('value');
        continue;
      }
      isRenamed ||= name !== key;
      if (isRenamed && text.includes(`,${name}=`)) {
        this.#count('duplicate');
        continue;
      }
      const wireText = this.#tagBudget.encode(measurement, name, typeof value === 'string' ? value : String(value));
      if (wireText === '' || count === MAX_TAGS) {
        this.#count('value');
        continue;
      }
      count += 1;
      text += `,${name}=${wireText}`;
    }
    return text;
  }

  #encodeFields(
    measurement: string,
    fields: Readonly<Record<string, FieldValue>>,
    tags: Readonly<Record<string, TagValue>>,
  ): string {
    let text = '';
    let count = 0;
    let isRenamed = false;
    for (const key in fields) {
      const value = fields[key];
      if (value === undefined || value === null) continue;
      const name = this.#name(key);
      if (name === '' || !isStorable(value)) {
        this.#count('value');
        continue;
      }
      // Version 3 refuses a line that has a tag and a field of one name, or one field twice.
      isRenamed ||= name !== key;
      if (Object.hasOwn(tags, key) || (isRenamed && `,${text}`.includes(`,${name}=`))) {
        this.#count('duplicate');
        continue;
      }
      const typed = this.#fieldTypes.conform(measurement, name, value);
      if (typed === undefined) {
        this.#count('type');
        continue;
      }
      if (count === MAX_FIELDS || (text.length > MAX_LINE_LENGTH && typeof typed === 'string')) {
        this.#count('length');
        continue;
      }
      count += 1;
      text += `${text === '' ? '' : ','}${name}=${this.#fieldValue(typed)}`;
    }
    return text;
  }

  #fieldValue(value: NonNullable<FieldValue>): string {
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value === 'bigint') return `${String(value)}i`;
    if (isTooLongString(value)) this.#count('length');
    return quoteString(value);
  }

  #seriesName(series: string): string {
    return this.#seriesNames.get(series) ?? this.#learn(this.#seriesNames, series, escapeSeries);
  }

  #name(key: string): string {
    return this.#names.get(key) ?? this.#learn(this.#names, key, escapeKey);
  }

  #learn(known: Map<string, string>, name: string, escape: (name: string) => string): string {
    const wireText = escape(name);
    if (wireText !== name) this.#count('name');
    if (known.size < MAX_KNOWN_NAMES && name.length <= MAX_KNOWN_NAME_LENGTH) known.set(name, wireText);
    return wireText;
  }

  #count(repair: Repair): void {
    this.repairs.set(repair, (this.repairs.get(repair) ?? 0) + 1);
  }
}
