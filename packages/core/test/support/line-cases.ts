import { readFileSync } from 'node:fs';
import type { FieldValue, TagValue } from '@influx-monitoring/core';

/** Text, or parts of it where it is long. */
type CaseText = string | readonly (string | { readonly repeat: string; readonly times: number })[];

/** A value, also one that JSON has no word for. */
type CaseValue =
  | CaseText
  | number
  | boolean
  | null
  | { readonly number: string }
  | { readonly bigint: string }
  | Readonly<Record<'undefined' | 'object' | 'symbol' | 'function', true>>;

interface CaseInFile {
  readonly name: string;
  readonly series?: CaseText;
  readonly tags: Readonly<Record<string, CaseValue>>;
  readonly fields: Readonly<Record<string, CaseValue>>;
  /** What is written, without the time stamp; `{series}` stands for the series of the case. */
  readonly line: CaseText | null;
  readonly stored?: {
    readonly series?: CaseText;
    readonly tags: Readonly<Record<string, CaseText>>;
    readonly fields: Readonly<Record<string, CaseValue>>;
  };
}

/** A row of cases.json: a point, its line, and what InfluxDB has then. */
export interface LineCase {
  readonly name: string;
  readonly series: string;
  readonly tags: Readonly<Record<string, TagValue>>;
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly line: string | undefined;
  readonly stored: {
    readonly series: string;
    readonly tags: Readonly<Record<string, string>>;
    readonly fields: Readonly<Record<string, string | number | bigint | boolean>>;
  };
}

/** Reads the table of cases; a case that names no series has one of its own. */
export function readLineCases(): LineCase[] {
  const text = readFileSync(new URL('../lines/cases.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as CaseInFile[]).map(toLineCase); // The file is of this repository.
}

function toLineCase({ name, tags, fields, line, stored, ...rest }: CaseInFile, index: number): LineCase {
  const ownSeries = `case_${String(index)}`;
  const series = rest.series === undefined ? ownSeries : toText(rest.series);
  return {
    name,
    series,
    // A value of a wrong type is what some cases are about.
    tags: mapValues(tags, toValue) as LineCase['tags'],
    fields: mapValues(fields, toValue) as LineCase['fields'],
    line: line === null ? undefined : toText(line).replace('{series}', series),
    stored: {
      series: stored?.series === undefined ? series : toText(stored.series),
      tags: mapValues(stored?.tags ?? {}, toText),
      fields: mapValues(stored?.fields ?? {}, toValue) as LineCase['stored']['fields'], // what a database can hold
    },
  };
}

function mapValues<From, To>(source: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  // fromEntries makes `__proto__` a key like any other.
  return Object.fromEntries(Object.entries(source).map(([key, value]) => [key, map(value)]));
}

function toText(text: CaseText): string {
  if (typeof text === 'string') return text;
  return text.map((part) => (typeof part === 'string' ? part : part.repeat.repeat(part.times))).join('');
}

function toValue(value: CaseValue): unknown {
  if (typeof value === 'string' || Array.isArray(value)) return toText(value as CaseText); // arrays are text only
  if (typeof value !== 'object' || value === null) return value;
  if ('number' in value) return Number(value.number);
  if ('bigint' in value) return BigInt(value.bigint);
  if ('object' in value) return {};
  if ('symbol' in value) return Symbol('case');
  return 'function' in value ? () => 1 : undefined;
}
