/**
 * Line protocol as InfluxDB reads it: written from the protocol's rules and from what InfluxDB 1.6 does with each
 * (`test/servers-test/strict-as-real.test.ts` holds it by the real one), and by nothing of `packages/core`, so that a
 * mistake there is not made here too.
 */
import { LineError, readString, readTimestamp, readWord, type ParsedValue } from './line-value.ts';

/** A line that was read. */
export interface ParsedLine {
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly fields: ReadonlyMap<string, ParsedValue>;
  /** A field that stands twice; InfluxDB 1 and 2 take the last. */
  readonly repeatedField: string | undefined;
  /** A field that stands twice with different types, and the type of the first. */
  readonly conflictingField: { readonly name: string; readonly type: ParsedValue['type'] } | undefined;
  /** As it stands in the line, in units of the precision; `undefined` where the line has none. */
  readonly timestamp: bigint | undefined;
}

const MAX_KEY_BYTES = 65_535;
/** Between the series and the field, in the key by which InfluxDB stores a field. */
const FIELD_SEPARATOR_BYTES = 4;

/**
 * Reads one line.
 *
 * @throws LineError
 */
export function parseLine(text: string): ParsedLine {
  const { measurement, tags, end: keyEnd } = parseKey(text);
  checkKeyBytes(Buffer.byteLength(text.slice(0, keyEnd)));
  const fieldsStart = skipBlanks(text, keyEnd);
  const fieldsEnd = endOfFields(text, fieldsStart);
  const ofFields = parseFields(text.slice(fieldsStart, fieldsEnd));
  for (const name of ofFields.fields.keys()) {
    checkKeyBytes(Buffer.byteLength(text.slice(0, keyEnd)) + FIELD_SEPARATOR_BYTES + Buffer.byteLength(name));
  }
  return { measurement, tags, ...ofFields, timestamp: parseTimestamp(text, skipBlanks(text, fieldsEnd)) };
}

function parseKey(text: string): Pick<ParsedLine, 'measurement' | 'tags'> & { readonly end: number } {
  if (text.startsWith(',')) throw new LineError('missing measurement');
  const measurementEnd = endOf(text, 1, ', ');
  const tags: [string, string][] = [];
  let end = measurementEnd;
  while (text[end] === ',') {
    const equals = endOfTagKey(text, end + 1);
    const valueEnd = endOfTagValue(text, equals + 1);
    tags.push([unescapeTag(text.slice(end + 1, equals)), unescapeTag(text.slice(equals + 1, valueEnd))]);
    end = valueEnd;
  }
  if (end === text.length) throw new LineError('missing fields');
  const named = new Map(tags);
  if (named.size < tags.length) throw new LineError('duplicate tags');
  return { measurement: unescapeName(text.slice(0, measurementEnd)), tags: named, end };
}

function endOfTagKey(text: string, from: number): number {
  if (from >= text.length || ' ,='.includes(text.charAt(from))) throw new LineError('missing tag key');
  const end = endOf(text, from + 1, ' ,=');
  if (text[end] !== '=') throw new LineError('missing tag value');
  return end;
}

function endOfTagValue(text: string, from: number): number {
  if (from >= text.length || ' ,'.includes(text.charAt(from))) throw new LineError('missing tag value');
  const end = endOf(text, from + 1, ' ,=');
  if (text[end] === '=') throw new LineError('invalid tag format');
  return end;
}

/** Checks the form of all fields, and finds where they end. */
function endOfFields(text: string, from: number): number {
  let isQuoted = false;
  let equalsCount = 0;
  let commaCount = 0;
  let index = from;
  for (; index < text.length && (isQuoted || text[index] !== ' '); index += 1) {
    const character = text[index];
    if (character === '\\') index += 1;
    else if (character === '"' && equalsCount > commaCount) isQuoted = !isQuoted;
    else if (character === ',' && !isQuoted) commaCount += 1;
    else if (character === '=' && !isQuoted) {
      equalsCount += 1;
      // What is not quoted ends at the next comma or space.
      index = endOfWord(text, index) - 1;
    }
  }
  if (isQuoted) throw new LineError('unbalanced quotes');
  if (equalsCount === 0 || commaCount !== equalsCount - 1) throw new LineError('invalid field format');
  return Math.min(index, text.length);
}

/** The end of the word after an equals sign; of a quoted value, the end of the equals sign. */
function endOfWord(text: string, equals: number): number {
  const isBareKey = ' ,'.includes(text.charAt(equals - 1)) && text[equals - 2] !== '\\';
  if (isBareKey) throw new LineError('missing field key');
  if (equals + 1 >= text.length || ' ,'.includes(text.charAt(equals + 1))) throw new LineError('missing field value');
  if (text[equals + 1] === '"') return equals + 1;
  const length = text.slice(equals + 1).search(/[, ]|$/);
  readWord(text.slice(equals + 1, equals + 1 + length));
  return equals + 1 + length;
}

function parseFields(text: string): Pick<ParsedLine, 'fields' | 'repeatedField' | 'conflictingField'> {
  const fields = new Map<string, ParsedValue>();
  let repeatedField: string | undefined;
  let conflictingField: ParsedLine['conflictingField'];
  for (let start = 0; start < text.length;) {
    const equals = endOf(text, start, '=');
    // Two backslashes before it are one character to the check of the form, and one of them takes its meaning away here.
    if (equals + 1 >= text.length) throw new LineError(`invalid value: field-key=${text.slice(start, equals)}`);
    const end = endOfValue(text, equals + 1);
    const name = unescapeName(text.slice(start, equals));
    const raw = text.slice(equals + 1, end);
    // A quoted value lies between its first and its last character: InfluxDB does not look what the last one is.
    const value = raw.startsWith('"') ? readString(raw.slice(1, -1)) : readWord(raw);
    const earlier = fields.get(name);
    if (earlier !== undefined) repeatedField = name;
    if (earlier !== undefined && earlier.type !== value.type) conflictingField ??= { name, type: earlier.type };
    fields.set(name, value);
    start = end + 1;
  }
  return { fields, repeatedField, conflictingField };
}

function endOfValue(text: string, from: number): number {
  let isQuoted = false;
  for (let index = from; index < text.length; index += 1) {
    if (text[index] === '\\' && /["\\]/.test(text.charAt(index + 1))) index += 1;
    else if (text[index] === '"') isQuoted = !isQuoted;
    else if (text[index] === ',' && !isQuoted) return index;
  }
  return text.length;
}

function parseTimestamp(text: string, from: number): bigint | undefined {
  const [first = '', ...rest] = text.slice(from).split(' ');
  if (first === '') return undefined;
  const timestamp = readTimestamp(first);
  if (rest.some((word) => word !== '')) throw new LineError('point is invalid');
  return timestamp;
}

/** The first of these characters that has no backslash before it. */
function endOf(text: string, from: number, characters: string): number {
  for (let index = from; index < text.length; index += 1) {
    if (characters.includes(text.charAt(index)) && text[index - 1] !== '\\') return index;
  }
  return text.length;
}

function checkKeyBytes(length: number): void {
  if (length > MAX_KEY_BYTES) {
    throw new LineError(`max key length exceeded: ${String(length)} > ${String(MAX_KEY_BYTES)}`);
  }
}

function skipBlanks(text: string, from: number): number {
  let index = from;
  while (/[ \t\0]/.test(text.charAt(index))) index += 1;
  return index;
}

function unescapeTag(text: string): string {
  return text.replace(/\\([,= ])/g, '$1');
}

/** Of a measurement or a field. */
function unescapeName(text: string): string {
  return text.replace(/\\([,= "])/g, '$1');
}
