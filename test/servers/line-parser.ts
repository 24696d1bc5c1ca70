/**
 * Line protocol as InfluxDB reads it: written from the protocol's rules and from what InfluxDB 1.6 does with each
 * (`test/servers-test/line-parser.test.ts` holds it by the real one), and by nothing of `packages/core`, so that a
 * mistake there is not made here too.
 */

/** A value of a field with its type: two values of different types conflict. */
export type ParsedValue =
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'integer' | 'unsigned'; readonly value: bigint }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'boolean'; readonly value: boolean };

/** A line that was read. */
export interface ParsedLine {
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly fields: ReadonlyMap<string, ParsedValue>;
  /** A field that stands twice; InfluxDB 1 and 2 take the last. */
  readonly repeatedField: string | undefined;
  /** As it stands in the line, in units of the precision; `undefined` where the line has none. */
  readonly timestamp: bigint | undefined;
}

/** What is wrong with a line, in InfluxDB's words. */
export class LineError extends Error {}

const MIN_TIMESTAMP = -(2n ** 63n) + 2n;
const MAX_TIMESTAMP = 2n ** 63n - 2n;
const MAX_INTEGER = 2n ** 63n - 1n;
const MIN_INTEGER = -(2n ** 63n);
const MAX_UNSIGNED = 2n ** 64n - 1n;
const MAX_KEY_BYTES = 65_535;

const FLOAT = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const TRUE_WORDS: ReadonlySet<string> = new Set(['t', 'T', 'true', 'True', 'TRUE']);
const FALSE_WORDS: ReadonlySet<string> = new Set(['f', 'F', 'false', 'False', 'FALSE']);

/**
 * Splits a body at line ends outside quotes, as InfluxDB does: a quote that is not closed takes all that follows into
 * its line. Comments and empty lines are left out.
 */
export function splitLines(body: string): { readonly text: string; readonly number: number }[] {
  const lines: { text: string; number: number }[] = [];
  let start = 0;
  let number = 1;
  while (start < body.length) {
    const end = endOfLine(body, start);
    const text = body.slice(start, end).replace(/^[ \t\0]+/, '');
    if (text.trim() !== '' && !text.startsWith('#')) lines.push({ text, number });
    number += countOf(body.slice(start, end + 1), '\n');
    start = end + 1;
  }
  return lines;
}

/**
 * Reads one line.
 *
 * @throws LineError
 */
export function parseLine(text: string): ParsedLine {
  const keyEnd = findUnescaped(text, ' ', 0);
  const key = text.slice(0, keyEnd);
  const { measurement, tags } = parseKey(key);
  const fieldsStart = skipSpaces(text, keyEnd);
  if (fieldsStart >= text.length) throw new LineError('missing fields');
  const fieldsEnd = endOfFields(text, fieldsStart);
  const { fields, repeatedField } = parseFields(text.slice(fieldsStart, fieldsEnd));
  const timestamp = parseTimestamp(text.slice(fieldsEnd).replace(/^ +| +$/g, ''));
  if (Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw new LineError(`max key length exceeded: ${String(key.length)} > 65535`);
  return { measurement, tags, fields, repeatedField, timestamp };
}

function parseKey(key: string): Pick<ParsedLine, 'measurement' | 'tags'> {
  const measurementEnd = findUnescaped(key, ',', 0);
  const measurement = unescape(key.slice(0, measurementEnd), /\\([, ])/g);
  if (measurement === '') throw new LineError('missing measurement');
  const tags = new Map<string, string>();
  let start = measurementEnd + 1;
  while (start <= key.length && measurementEnd < key.length) {
    const end = findUnescaped(key, ',', start);
    const pair = key.slice(start, end);
    const equals = findUnescaped(pair, '=', 0);
    if (equals === 0) throw new LineError('missing tag key');
    if (equals === pair.length) throw new LineError('missing tag value');
    const rawValue = pair.slice(equals + 1);
    if (rawValue === '') throw new LineError('missing tag value');
    if (findUnescaped(rawValue, '=', 0) < rawValue.length) throw new LineError('invalid tag format');
    const name = unescape(pair.slice(0, equals), /\\([,= ])/g);
    if (tags.has(name)) throw new LineError('duplicate tags');
    if (name === 'time') throw new LineError('input tag "time" is invalid');
    tags.set(name, unescape(rawValue, /\\([,= ])/g));
    start = end + 1;
  }
  return { measurement, tags };
}

function parseFields(text: string): Pick<ParsedLine, 'fields' | 'repeatedField'> {
  const fields = new Map<string, ParsedValue>();
  let repeatedField: string | undefined;
  let start = 0;
  while (start <= text.length) {
    const equals = findUnescaped(text, '=', start);
    if (equals >= text.length) throw new LineError('invalid field format');
    if (equals === start) throw new LineError('missing field key');
    const end = endOfFieldValue(text, equals + 1);
    const raw = text.slice(equals + 1, end);
    if (raw === '') throw new LineError('missing field value');
    const name = unescape(text.slice(start, equals), /\\([,= ])/g);
    if (fields.has(name)) repeatedField = name;
    fields.set(name, parseValue(raw));
    start = end + 1;
  }
  return { fields, repeatedField };
}

function parseValue(raw: string): ParsedValue {
  if (raw.startsWith('"')) {
    if (raw.length < 2 || !raw.endsWith('"')) throw new LineError('unbalanced quotes');
    return { type: 'string', value: raw.slice(1, -1).replace(/\\(["\\])/g, '$1') };
  }
  if (TRUE_WORDS.has(raw)) return { type: 'boolean', value: true };
  if (FALSE_WORDS.has(raw)) return { type: 'boolean', value: false };
  if (/^-?\d+i$/.test(raw)) return integer(raw, 'integer', MIN_INTEGER, MAX_INTEGER);
  if (/^\d+u$/.test(raw)) return integer(raw, 'unsigned', 0n, MAX_UNSIGNED);
  if (!FLOAT.test(raw)) throw new LineError(/^[-.\d]/.test(raw) ? 'invalid number' : 'invalid boolean');
  const value = Number(raw);
  if (!Number.isFinite(value)) throw new LineError('invalid float');
  return { type: 'float', value };
}

function integer(raw: string, type: 'integer' | 'unsigned', minimum: bigint, maximum: bigint): ParsedValue {
  const value = BigInt(raw.slice(0, -1));
  if (value < minimum || value > maximum) throw new LineError(`unable to parse integer ${raw}: value out of range`);
  return { type, value };
}

function parseTimestamp(text: string): bigint | undefined {
  if (text === '') return undefined;
  if (!/^-?\d+$/.test(text)) throw new LineError('bad timestamp');
  const timestamp = BigInt(text);
  if (timestamp < MIN_TIMESTAMP || timestamp > MAX_TIMESTAMP) throw new LineError('time outside range');
  return timestamp;
}

/** Quotes count only where a field's value begins. */
function endOfLine(body: string, from: number): number {
  let isQuoted = false;
  let isInFields = false;
  for (let index = from; index < body.length; index += 1) {
    const character = body[index];
    if (character === '\\' && index + 1 < body.length && (isQuoted || body[index + 1] !== '\n')) index += 1;
    else if (character === ' ' && !isQuoted) isInFields = true;
    else if (character === '"' && isInFields && (isQuoted || body[index - 1] === '=')) isQuoted = !isQuoted;
    else if (character === '\n' && !isQuoted) return index;
  }
  return body.length;
}

function endOfFields(text: string, from: number): number {
  let start = from;
  for (;;) {
    const equals = findUnescaped(text, '=', start);
    if (equals >= text.length) return text.length;
    const end = endOfFieldValue(text, equals + 1);
    if (text[end] !== ',') return end;
    start = end + 1;
  }
}

function endOfFieldValue(text: string, from: number): number {
  if (text[from] !== '"') {
    const end = text.slice(from).search(/[, ]/);
    return end < 0 ? text.length : from + end;
  }
  for (let index = from + 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === '"') return index + 1;
  }
  throw new LineError('unbalanced quotes');
}

/** A backslash before a comma, an equals sign or a space takes away its meaning; before anything else it is itself. */
function findUnescaped(text: string, separator: string, from: number): number {
  for (let index = from; index < text.length; index += 1) {
    if (text[index] === '\\' && /[,= ]/.test(text[index + 1] ?? '')) index += 1;
    else if (text[index] === separator) return index;
  }
  return text.length;
}

function skipSpaces(text: string, from: number): number {
  let index = from;
  while (text[index] === ' ') index += 1;
  return index;
}

function unescape(text: string, escapes: RegExp): string {
  return text.replace(escapes, '$1');
}

function countOf(text: string, character: string): number {
  return text.split(character).length - 1;
}
