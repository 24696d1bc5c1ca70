import { unescapeName } from './escape.ts';
import { createScannedField, endOfPart, scanField, unescapeText } from './scan.ts';

/**
 * A point read back from its line.
 *
 * @category Points
 */
export interface StoredPoint {
  readonly series: string;
  /** When the event began, in seconds since the epoch. */
  readonly time: number;
  /** The time stamp, in nanoseconds since the epoch. */
  readonly stamp: bigint;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string | number | bigint | boolean>>;
}

const NANOSECONDS_PER_MICROSECOND = 1000n;
const SPACE = 0x20;
const COMMA = 0x2c;
const EQUALS = 0x3d;

/**
 * Reads a line that `LineEncoder` wrote.
 *
 * It is no general parser: a line of another maker may have what ours never have (no time stamp, `t` for true).
 *
 * @category Points
 *
 * @example
 * ```ts
 * import { decodeLine } from '@influx-monitoring/core';
 *
 * const { series, fields } = decodeLine('cache,service=shop hits=3i 1536751345000000000');
 * console.log(series, fields['hits']); // cache 3n
 * ```
 */
export function decodeLine(line: string): StoredPoint {
  const stampStart = line.lastIndexOf(' ');
  const headEnd = endOfPart(line, SPACE, 0, line.length);
  const seriesEnd = endOfPart(line, COMMA, 0, headEnd);
  const stamp = BigInt(line.slice(stampStart + 1));
  return {
    series: unescapeName(line.slice(0, seriesEnd)),
    time: Number(stamp / NANOSECONDS_PER_MICROSECOND) / 1e6,
    stamp,
    tags: decodeTags(line, seriesEnd + 1, headEnd),
    fields: decodeFields(line, headEnd + 1, stampStart),
  };
}

function decodeTags(line: string, start: number, end: number): Record<string, string> {
  const tags = recordOf<string>();
  let tagEnd: number;
  for (let tagStart = start; tagStart < end; tagStart = tagEnd + 1) {
    tagEnd = endOfPart(line, COMMA, tagStart, end);
    const keyEnd = endOfPart(line, EQUALS, tagStart, tagEnd);
    tags[unescapeName(line.slice(tagStart, keyEnd))] = unescapeName(line.slice(keyEnd + 1, tagEnd));
  }
  return tags;
}

function decodeFields(line: string, start: number, end: number): StoredPoint['fields'] {
  const fields = recordOf<string | number | bigint | boolean>();
  const field = createScannedField();
  for (let fieldStart = start; scanField(line, fieldStart, end, field); fieldStart = field.nextStart) {
    const name = unescapeName(line.slice(fieldStart, field.nameEnd));
    const value = line.slice(field.valueStart, field.valueEnd);
    fields[name] = field.isQuoted ? unescapeText(value) : decodeBareValue(value);
  }
  return fields;
}

function recordOf<Value>(): Record<string, Value> {
  // Object.create(null) is typed any; it is a record of what is put into it, with no key of its own.
  return Object.create(null) as Record<string, Value>;
}

function decodeBareValue(text: string): number | bigint | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return text.endsWith('i') ? BigInt(text.slice(0, -1)) : Number(text);
}
