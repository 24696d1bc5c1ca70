import type { BaseMonitoringPoint, Fields, FieldValue, Tags, TagValue } from '../points/base-point.ts';
import {
  escapeKey,
  escapeSeries,
  escapeString,
  isTooLongString,
  MAX_NAME_LENGTH,
  ownCopy,
  unescapeName,
} from './escape.ts';
import { FieldTypes, isStorable } from './field-types.ts';
import type { Head } from './known-heads.ts';
import { StandardLines } from './standard-lines.ts';
import { TagBudget, type TagBudgetOptions } from './tag-budget.ts';

/**
 * A point as the source's clients take it: what `convertPointToDict` gives.
 *
 * @category Points
 */
export interface PointDict {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, NonNullable<FieldValue>>>;
}

/**
 * What was changed in a point so that it can be stored, escapes aside.
 *
 * @category Points
 */
export type Repair =
  /** A series or a key was renamed; counted when it is first seen. */
  | 'name'
  /** A tag or a field was left out, since its value is none that can be stored. */
  | 'value'
  /** A field was left out, since its values have had another type, or since there are 10,000 names of fields already. */
  | 'type'
  /** A text was cut, or left out for want of room in the line. */
  | 'length'
  /** A tag or a field was left out, since an earlier one has its name. */
  | 'duplicate'
  /** A time that was none, or before 2000, or more than a day ahead: the time of recording stands for it. */
  | 'time';

/** Bounds of one line, so that no single point fills a batch. */
const MAX_TAGS = 64;
const MAX_FIELDS = 128;
const MAX_LINE_LENGTH = 512 * 1024;

const MAX_UTF8_BYTES_PER_UNIT = 3;

/** InfluxDB 1.6 refuses a point whose series, tags, one field key and 4 bytes between have more. */
const MAX_SERIES_KEY_BYTES = 65_535;

/** What remains for series and tags beside the longest field key. */
const MAX_HEAD_BYTES = MAX_SERIES_KEY_BYTES - 4 - MAX_NAME_LENGTH * MAX_UTF8_BYTES_PER_UNIT;

/** Names seen before, with their text for the wire; bounded, since a key may be outside text. */
const MAX_KNOWN_NAMES = 10_000;

/** A longer name is escaped anew each time rather than kept. */
const MAX_KNOWN_NAME_LENGTH = MAX_NAME_LENGTH;

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
  readonly #standardLines: StandardLines;
  #repairCount = 0;

  constructor(options: TagBudgetOptions) {
    this.#tagBudget = new TagBudget(options);
    this.#standardLines = new StandardLines((point) => this.#headOf(point));
  }

  /** How many tag values became `other`, by `series.tag`. */
  get overflows(): ReadonlyMap<string, number> {
    return this.#tagBudget.overflows;
  }

  /** Counts a point whose time was replaced. */
  countTime(): void {
    this.#count('time');
  }

  /**
   * Writes one line, without a line end.
   *
   * @param point - any point, of this library's classes or the user's
   * @param stamp - nanoseconds since the epoch, as digits
   * @returns the line, or `undefined` where no field is left to store
   */
  encode(point: BaseMonitoringPoint, stamp: string): string | undefined {
    // `addPoint` holds tags and fields to what can be stored; what JavaScript passes all the same is looked at one by one.
    return (
      this.#standardLines.encode(point, stamp) ??
      this.encodeParts(point.series, point.tags as Tags, point.fields as Fields, stamp)
    );
  }

  /**
   * Series and tags of a point as they stand in its line, for whoever groups points by them. Of points of the source's
   * classes it is the same text each time, and what follows it up to the first value.
   */
  headOf(point: BaseMonitoringPoint): string {
    return this.#standardLines.headOf(point) ?? this.#headOf(point).text;
  }

  /** Writes one line from its parts: the way of a point of any class, and of a `PointDict`. */
  encodeParts(series: string, tags: Tags, fields: Fields, stamp: string): string | undefined {
    const measurement = this.#seriesName(series);
    if (measurement === '') return undefined;
    const tagNames: string[] = [];
    const head = this.#encodeHead(measurement, tags, tagNames);
    const fieldText = this.#encodeFields(measurement, fields, tagNames);
    return fieldText === '' ? undefined : `${head} ${fieldText} ${stamp}`;
  }

  #headOf({ series, tags }: BaseMonitoringPoint): Head {
    const changes = this.#repairCount + this.#tagBudget.overflowCount;
    // As in `encode`.
    const text = this.#encodeHead(this.#seriesName(series), tags as Tags, []);
    // What was changed has to be counted each time.
    return { text, isLasting: changes === this.#repairCount + this.#tagBudget.overflowCount };
  }

  #encodeHead(measurement: string, tags: Readonly<Record<string, TagValue>>, names: string[]): string {
    let head = measurement;
    for (const key of Object.keys(tags)) {
      const value = tags[key];
      if (value === undefined || value === null || value === '') continue;
      const name = this.#name(key);
      if (name === '' || !isTagValue(value) || names.length === MAX_TAGS) {
        this.#count('value');
        continue;
      }
      // What was a field of the series once is none of its tags: InfluxDB 3 refuses the line, and queries mix the two.
      if (names.includes(name) || this.#fieldTypes.isField(measurement, name)) {
        this.#count('duplicate');
        continue;
      }
      const text = typeof value === 'string' ? value : String(value);
      if (text.length > MAX_NAME_LENGTH) this.#count('length');
      const wireText = this.#tagBudget.encode(measurement, name, text);
      if (wireText === '' || !hasRoom(head, name, wireText)) {
        this.#count(wireText === '' ? 'value' : 'length');
        continue;
      }
      names.push(name);
      head += `,${name}=${wireText}`;
    }
    return head;
  }

  #encodeFields(
    measurement: string,
    fields: Readonly<Record<string, FieldValue>>,
    tagNames: readonly string[],
  ): string {
    const names: string[] = [];
    let text = '';
    for (const key of Object.keys(fields)) {
      const value = fields[key];
      if (value === undefined || value === null) continue;
      const name = this.#name(key);
      if (name === '' || !isStorable(value)) {
        this.#count('value');
        continue;
      }
      // Version 3 refuses a line that has a tag and a field of one name, or one field twice.
      if (tagNames.includes(name) || names.includes(name) || this.#tagBudget.isTag(measurement, name)) {
        this.#count('duplicate');
        continue;
      }
      if (names.length === MAX_FIELDS || (text.length > MAX_LINE_LENGTH && typeof value === 'string')) {
        this.#count('length');
        continue;
      }
      const typed = this.#fieldTypes.conform(measurement, name, value);
      if (typed === undefined) {
        this.#count('type');
        continue;
      }
      names.push(name);
      text += `${text === '' ? '' : ','}${name}=${this.#fieldValue(typed)}`;
    }
    return text;
  }

  #fieldValue(value: NonNullable<FieldValue>): string {
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value === 'bigint') return `${String(value)}i`;
    if (isTooLongString(value)) this.#count('length');
    return `"${escapeString(value)}"`;
  }

  #seriesName(series: string): string {
    return this.#seriesNames.get(series) ?? this.#learn(this.#seriesNames, series, escapeSeries);
  }

  #name(key: string): string {
    return this.#names.get(key) ?? this.#learn(this.#names, key, escapeKey);
  }

  #learn(known: Map<string, string>, name: string, escape: (name: string) => string): string {
    const wireText = escape(name);
    if (wireText !== name && unescapeName(wireText) !== name) this.#count('name');
    if (known.size < MAX_KNOWN_NAMES && name.length <= MAX_KNOWN_NAME_LENGTH) known.set(ownCopy(name), wireText);
    return wireText;
  }

  #count(repair: Repair): void {
    this.#repairCount += 1;
    this.repairs.set(repair, (this.repairs.get(repair) ?? 0) + 1);
  }
}

/** True where a tag can hold the value, as text. */
export function isTagValue(value: unknown): value is NonNullable<TagValue> {
  return (
    typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
  );
}

function hasRoom(head: string, name: string, wireText: string): boolean {
  const length = head.length + name.length + wireText.length + 2;
  if (length * MAX_UTF8_BYTES_PER_UNIT <= MAX_HEAD_BYTES) return true;
  return Buffer.byteLength(head) + Buffer.byteLength(name) + Buffer.byteLength(wireText) + 2 <= MAX_HEAD_BYTES;
}
