/**
 * Line protocol as InfluxDB 3 reads it, which has a parser of its own: written from what 3.6.0 answered
 * (`recorded/influxdb-3.6.0*.jsonl`), and by nothing of `packages/core`.
 */
import type { ParsedLine } from './line-parser.ts';
import { LineError, type ParsedValue } from './line-value.ts';

/** A column that a line names, with what it is there: `tag`, or the type of a field. */
export interface Column {
  readonly name: string;
  readonly role: 'tag' | ParsedValue['type'];
}

/** A line, and what stands in it in its order, twice where it stands twice. */
export interface ParsedLine3 extends ParsedLine {
  readonly columns: readonly Column[];
  readonly tagList: readonly (readonly [string, string])[];
  readonly fieldList: readonly (readonly [string, ParsedValue])[];
}

const MAX_STRING_BYTES = 65_536;
const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 63n - 1n;
const MAX_UNSIGNED = 2n ** 64n - 1n;

/** Text up to one of the characters; a backslash and what follows it are part of it. */
const MEASUREMENT = /(?:[^ \t\n,\\]|\\[\s\S]?)+/y;
const KEY = /(?:[^ \t\n=\\]|\\[\s\S]?)+/y;
const TAG_VALUE = /(?:[^ \t\n,\\]|\\[\s\S]?)+/y;
const SPACES = / +/y;
const STRING = /"((?:[^"\\]|\\[\s\S])*)"/y;
const INTEGER = /(-?\d+)i/y;
const UNSIGNED = /(\d+)u/y;
const FLOAT = /-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const BOOLEAN = /true|True|TRUE|t|T|false|False|FALSE|f|F/y;
const TIMESTAMP = /-?\d+/y;

/**
 * Reads one line.
 *
 * @throws LineError
 */
export function parseLine3(text: string): ParsedLine3 {
  const reader = new Reader(text);
  const measurement = unescaped(reader.take(MEASUREMENT)?.[0] ?? '', /\\([, \\])/g);
  if (measurement === '') throw new LineError('Measurement name was missing');
  const tags = reader.skip(',') ? readTags(reader) : [];
  if (reader.take(SPACES) === undefined) throw new LineError('A generic parsing error occurred: TakeWhile1');
  const fields = readFields(reader);
  const timestamp = readTimestamp(reader);
  if (reader.rest !== '') {
    throw new LineError(`Could not parse entire line. Found trailing content: '${reader.rest}'`);
  }
  return {
    measurement,
    tags: new Map(tags),
    fields: new Map(fields),
    tagList: tags,
    fieldList: fields,
    columns: [
      ...tags.map(([name]): Column => ({ name, role: 'tag' })),
      ...fields.map(([name, { type }]): Column => ({ name, role: type })),
    ],
    repeatedField: undefined,
    conflictingField: undefined,
    timestamp,
  };
}

/** A line as InfluxDB 3 prints what it has read: texts without their quotes. */
export function printLine3({ measurement, tagList, fieldList, timestamp }: ParsedLine3): string {
  const pair = (name: string, value: string): string => `${name.replaceAll(/[,= ]/g, '\\$&')}=${value}`;
  const series = [
    measurement.replaceAll(/[, ]/g, '\\$&'),
    ...tagList.map(([name, value]) => pair(name, value.replaceAll(/[,= ]/g, '\\$&'))),
  ];
  const values = fieldList.map(([name, value]) => pair(name, printValue(value)));
  return `${series.join(',')} ${values.join(',')}${timestamp === undefined ? '' : ` ${String(timestamp)}`}`;
}

function printValue({ type, value }: ParsedValue): string {
  if (type === 'string') return value.replaceAll('"', '\\"');
  return `${String(value)}${type === 'integer' ? 'i' : type === 'unsigned' ? 'u' : ''}`;
}

function readTags(reader: Reader): [string, string][] {
  const tags: [string, string][] = [];
  do {
    const key = reader.take(KEY)?.[0];
    const value = key !== undefined && reader.skip('=') ? reader.take(TAG_VALUE)?.[0] : undefined;
    if (key === undefined || value === undefined) throw new LineError('Tag Set Malformed');
    tags.push([unescaped(key), unescaped(value)]);
  } while (reader.skip(','));
  return tags;
}

function readFields(reader: Reader): [string, ParsedValue][] {
  const fields: [string, ParsedValue][] = [];
  do {
    const { at } = reader;
    const key = reader.take(KEY)?.[0];
    const value = key !== undefined && reader.skip('=') ? readValue(reader) : undefined;
    if (key !== undefined && value !== undefined) {
      fields.push([unescaped(key), value]);
      continue;
    }
    if (fields.length === 0) throw new LineError('No fields were provided');
    // What is no field ends the fields.
    reader.at = at;
    break;
  } while (reader.skip(','));
  return fields;
}

function readValue(reader: Reader): ParsedValue | undefined {
  const integer = reader.take(INTEGER)?.[1];
  if (integer !== undefined) {
    const value = BigInt(integer);
    if (value >= MIN_INTEGER && value <= MAX_INTEGER) return { type: 'integer', value };
    throw new LineError(`Unable to parse integer value '${integer}'`);
  }
  const unsigned = reader.take(UNSIGNED)?.[1];
  if (unsigned !== undefined) {
    const value = BigInt(unsigned);
    if (value <= MAX_UNSIGNED) return { type: 'unsigned', value };
    throw new LineError(`Unable to parse unsigned integer value '${unsigned}'`);
  }
  const float = reader.take(FLOAT)?.[0];
  // One beyond the range is infinite, and taken.
  if (float !== undefined) return { type: 'float', value: Number(float) };
  const quoted = reader.take(STRING)?.[1];
  if (quoted !== undefined) {
    if (Buffer.byteLength(quoted) > MAX_STRING_BYTES) throw new LineError('String is greater than 64KB');
    return { type: 'string', value: quoted.replace(/\\(["\\])/g, '$1') };
  }
  const word = reader.take(BOOLEAN)?.[0];
  return word === undefined ? undefined : { type: 'boolean', value: /^t/i.test(word) };
}

function readTimestamp(reader: Reader): bigint | undefined {
  const { at } = reader;
  const stamp = reader.take(SPACES) === undefined ? undefined : reader.take(TIMESTAMP)?.[0];
  if (stamp === undefined) {
    // Blanks alone are no trailing content.
    reader.at = reader.rest.trim() === '' && /^ *$/.test(reader.rest) ? reader.end : at;
    return undefined;
  }
  reader.take(SPACES);
  const timestamp = BigInt(stamp);
  if (timestamp >= MIN_INTEGER && timestamp <= MAX_INTEGER) return timestamp;
  throw new LineError(`Unable to parse timestamp value '${stamp}'`);
}

function unescaped(text: string, escapes = /\\([,= \\])/g): string {
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(text)) throw new LineError('Must not end with a backslash');
  return text.replace(escapes, '$1');
}

/** Reads a text from its begin on. */
class Reader {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get rest(): string {
    return this.#text.slice(this.at);
  }

  get end(): number {
    return this.#text.length;
  }

  /** What a sticky expression matches here, which is behind it then. */
  take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.at;
    const found = expression.exec(this.#text);
    if (found === null) return undefined;
    this.at = expression.lastIndex;
    return found;
  }

  skip(character: string): boolean {
    const isHere = this.#text[this.at] === character;
    if (isHere) this.at += 1;
    return isHere;
  }
}
