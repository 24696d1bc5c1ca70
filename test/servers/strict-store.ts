import type { ParsedLine } from './line-parser.ts';
import type { ParsedValue } from './line-value.ts';
import { StrictTables } from './strict-tables.ts';

/** A point as InfluxDB keeps it: one for each measurement, tag set and time. */
export interface StrictPoint {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly timestamp: bigint;
  readonly fields: ReadonlyMap<string, ParsedValue>;
}

/** A line with its time in nanoseconds, and where it stood. */
export interface StampedLine extends ParsedLine {
  readonly text: string;
  readonly number: number;
  readonly timestampNs: bigint;
}

/** What a batch came to in the store. */
export interface StoreResult {
  readonly storedCount: number;
  /** In InfluxDB's words, where lines were refused: why the first one was. */
  readonly refusal: string | undefined;
}

const SHARD_NS = 7n * 24n * 3600n * 1_000_000_000n;

type Types = Map<string, ParsedValue['type']>;

/** A bucket, with InfluxDB's rules of identity: equal measurement, tags and time is the same point. */
export class StrictStore {
  readonly #points = new Map<string, StrictPoint>();
  readonly #counts = new Map<string, number>();
  readonly #types: Types = new Map();
  /** In 3 types are those of its tables. */
  tables = new StrictTables();
  /** Lines that came again with the same content: what a retry does, and harmless. */
  repeatedCount = 0;
  /** Lines that came for a point that had other content: a point was lost. */
  overwrittenCount = 0;

  /** True where nothing was written yet. */
  get isNew(): boolean {
    return this.#types.size === 0;
  }

  /** True where lines give a field two types that had none before. */
  hasNewConflict(lines: readonly StampedLine[]): boolean {
    const types: Types = new Map();
    return lines.some(
      (line) => bindTypes(line, this.#types, false) === undefined && bindTypes(line, types) !== undefined,
    );
  }

  /**
   * Stores what has no conflict of types and no name that is reserved.
   *
   * @param bindsRefused - true for 2.x, which keeps the types of a line up to its conflict
   */
  write(lines: readonly StampedLine[], bindsRefused = false): StoreResult {
    let refusal: string | undefined;
    let storedCount = 0;
    for (const line of lines) {
      const found = reservedIn(line) ?? (bindsRefused ? bindInOrder : bindTypes)(line, this.#types);
      if (found === undefined) {
        storedCount += 1;
        this.keep(withoutTime(line));
      } else refusal ??= found;
    }
    return { storedCount, refusal };
  }

  /** True where types conflict with what is stored or among the lines. */
  hasConflict(lines: readonly StampedLine[]): boolean {
    const types: Types = new Map(this.#types);
    return lines.some((line) => bindTypes(line, types) !== undefined);
  }

  /** Keeps types without their points: of two that conflict the first. */
  keepTypes(lines: readonly StampedLine[]): void {
    for (const line of lines) bindTypes(line, this.#types);
  }

  count(measurement: string): number {
    return this.#counts.get(measurement) ?? 0;
  }

  points(measurement?: string): StrictPoint[] {
    const points = [...this.#points.values()];
    return measurement === undefined ? points : points.filter((point) => point.measurement === measurement);
  }

  clear(): void {
    this.#points.clear();
    this.#counts.clear();
    this.#types.clear();
    this.tables = new StrictTables();
  }

  /** Stores a line whose types were looked at elsewhere. */
  keep({ measurement, tags, fields, timestampNs }: StampedLine): void {
    const sortedTags = [...tags].sort(([left], [right]) => (left < right ? -1 : 1));
    const identity = JSON.stringify([measurement, sortedTags, String(timestampNs)]);
    const earlier = this.#points.get(identity);
    if (earlier === undefined) this.#counts.set(measurement, this.count(measurement) + 1);
    else if (contentOf(earlier.fields) === contentOf(fields)) this.repeatedCount += 1;
    else this.overwrittenCount += 1;
    this.#points.set(identity, {
      measurement,
      tags: Object.fromEntries(sortedTags),
      timestamp: timestampNs,
      fields: new Map([...(earlier?.fields ?? []), ...fields]),
    });
  }
}

/** What InfluxDB says of a tag called `time`, and of a point that has no other field. */
function reservedIn({ measurement, tags, fields }: StampedLine): string | undefined {
  if (tags.has('time')) return `invalid tag key: input tag "time" on measurement "${measurement}" is invalid`;
  if (fields.size > 1 || !fields.has('time')) return undefined;
  return `invalid field name: input field "time" on measurement "${measurement}" is invalid`;
}

/** A field called `time` beside others is left out: without a word, but in 2.9. */
function withoutTime(line: StampedLine): StampedLine {
  if (!line.fields.has('time')) return line;
  return { ...line, fields: new Map([...line.fields].filter(([name]) => name !== 'time')) };
}

/** What 2.9 says of a line whose field `time` it left out. */
export function strippedOf({ measurement, tags, fields }: StampedLine): string | undefined {
  if (tags.has('time') || fields.size < 2 || !fields.has('time')) return undefined;
  const input = `input field "time" on measurement "${measurement}"`;
  return `invalid field name: ${input} is invalid. Field "time" has been stripped from point.`;
}

/**
 * Binds the fields of a line to their types; says so where one is bound to another already, and binds none then. A field
 * that stands twice is bound to its first type, and refuses its line if the second differs.
 */
function bindTypes(
  { measurement, fields, conflictingField, timestampNs }: StampedLine,
  types: Types,
  isKept = true,
): string | undefined {
  const own = [...fields].filter(([name]) => name !== 'time');
  for (const [name, { type: last }] of own) {
    const type = name === conflictingField?.name ? conflictingField.type : last;
    const known = types.get(typeKey(measurement, name, timestampNs)) ?? type;
    if (known !== type) return typeConflict(measurement, name, type, known);
  }
  if (!isKept) return undefined;
  for (const [name, { type }] of own) {
    if (name === conflictingField?.name) {
      types.set(typeKey(measurement, name, timestampNs), conflictingField.type);
      return typeConflict(measurement, name, type, conflictingField.type);
    }
    types.set(typeKey(measurement, name, timestampNs), type);
  }
  return undefined;
}

/** Binds the fields of a line to their types, one after another, up to the first that conflicts; says so then. */
function bindInOrder(
  { measurement, fields, conflictingField, timestampNs }: StampedLine,
  types: Types,
): string | undefined {
  for (const [name, { type: last }] of fields) {
    if (name === 'time') continue;
    const isTwice = name === conflictingField?.name;
    const type = isTwice ? conflictingField.type : last;
    const key = typeKey(measurement, name, timestampNs);
    const known = types.get(key) ?? type;
    if (known !== type) return typeConflict(measurement, name, type, known);
    types.set(key, type);
    if (isTwice) return typeConflict(measurement, name, last, type);
  }
  return undefined;
}

/** A type is bound within a shard, which has a week. */
function typeKey(measurement: string, field: string, timestampNs: bigint): string {
  return JSON.stringify([measurement, field, String(timestampNs / SHARD_NS)]);
}

function typeConflict(measurement: string, field: string, type: string, known: string): string {
  const input = `input field "${field}" on measurement "${measurement}"`;
  return `field type conflict: ${input} is type ${type}, already exists as type ${known}`;
}

function contentOf(fields: ReadonlyMap<string, ParsedValue>): string {
  return JSON.stringify([...fields].map(([name, { type, value }]) => [name, type, String(value)]).sort());
}
