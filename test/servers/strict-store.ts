import type { ParsedLine, ParsedValue } from './line-parser.ts';

/** A point as InfluxDB keeps it: one for each measurement, tag set and time. */
export interface StrictPoint {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly timestamp: bigint;
  readonly fields: ReadonlyMap<string, ParsedValue>;
}

/** What a batch came to in the store. */
export interface StoreResult {
  readonly storedCount: number;
  /** In InfluxDB's words, where lines were refused for the type of a field. */
  readonly conflict: string | undefined;
  readonly conflictCount: number;
}

/** A bucket, with InfluxDB's rules of identity: equal measurement, tags and time is the same point. */
export class StrictStore {
  readonly #points = new Map<string, StrictPoint>();
  readonly #types = new Map<string, ParsedValue['type']>();
  /** Lines that came again with the same content: what a retry does, and harmless. */
  repeatedCount = 0;
  /** Lines that came for a point that had other content: a point was lost. */
  overwrittenCount = 0;

  /** Stores what has no conflict of types. */
  write(lines: readonly ParsedLine[], stampOf: (line: ParsedLine) => bigint): StoreResult {
    let conflict: string | undefined;
    let conflictCount = 0;
    for (const line of lines) {
      const found = this.#conflictOf(line);
      if (found === undefined) this.#store(line, stampOf(line));
      else {
        conflict ??= found;
        conflictCount += 1;
      }
    }
    return { storedCount: lines.length - conflictCount, conflict, conflictCount };
  }

  count(measurement: string): number {
    return this.points(measurement).length;
  }

  points(measurement?: string): StrictPoint[] {
    const points = [...this.#points.values()];
    return measurement === undefined ? points : points.filter((point) => point.measurement === measurement);
  }

  clear(): void {
    this.#points.clear();
    this.#types.clear();
  }

  #conflictOf({ measurement, fields }: ParsedLine): string | undefined {
    for (const [name, { type }] of fields) {
      const known = this.#types.get(JSON.stringify([measurement, name]));
      if (known === undefined || known === type) continue;
      return (
        `field type conflict: input field "${name}" on measurement "${measurement}" ` +
        `is type ${type}, already exists as type ${known}`
      );
    }
    return undefined;
  }

  #store({ measurement, tags, fields }: ParsedLine, timestamp: bigint): void {
    for (const [name, { type }] of fields) this.#types.set(JSON.stringify([measurement, name]), type);
    const sortedTags = [...tags].sort(([left], [right]) => (left < right ? -1 : 1));
    const identity = JSON.stringify([measurement, sortedTags, String(timestamp)]);
    const earlier = this.#points.get(identity);
    if (earlier !== undefined) {
      if (contentOf(earlier.fields) === contentOf(fields)) this.repeatedCount += 1;
      else this.overwrittenCount += 1;
    }
    this.#points.set(identity, {
      measurement,
      tags: Object.fromEntries(sortedTags),
      timestamp,
      fields: new Map([...(earlier?.fields ?? []), ...fields]),
    });
  }
}

function contentOf(fields: ReadonlyMap<string, ParsedValue>): string {
  return JSON.stringify([...fields].map(([name, { type, value }]) => [name, type, String(value)]).sort());
}
