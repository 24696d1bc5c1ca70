import { unescapeName } from './escape.ts';

/** A point read back from its line. */
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

/** The series and the tags, to the first space that has no backslash. */
const HEAD = /^(?:\\.|[^\\ ])*/s;

/** What stands between commas that have no backslash. */
const HEAD_PART = /(?:\\.|[^\\,])+/gs;

/** A key to the first equals sign that has no backslash. */
const KEY = /^(?:\\.|[^\\=])*/s;

/** One field: a key, and a quoted or a bare value. */
const FIELD = /((?:\\.|[^\\=])+)=("[^"\\]*(?:\\.[^"\\]*)*"|[^,]*)(?:,|$)/gs;

/**
 * Reads a line that `LineEncoder` wrote.
 *
 * It is no general parser: a line of another maker may have what ours never have (no time stamp, `t` for true).
 */
export function decodeLine(line: string): StoredPoint {
  const head = HEAD.exec(line)?.[0] ?? '';
  const stampStart = line.lastIndexOf(' ');
  const [series = '', ...tags] = head.match(HEAD_PART) ?? [];
  const stamp = BigInt(line.slice(stampStart + 1));
  return {
    series: unescapeName(series),
    time: Number(stamp / NANOSECONDS_PER_MICROSECOND) / 1e6,
    stamp,
    tags: decodeTags(tags),
    fields: decodeFields(line.slice(head.length + 1, stampStart)),
  };
}

function decodeTags(pairs: readonly string[]): Record<string, string> {
  const tags = recordOf<string>();
  for (const pair of pairs) {
    const key = KEY.exec(pair)?.[0] ?? '';
    tags[unescapeName(key)] = unescapeName(pair.slice(key.length + 1));
  }
  return tags;
}

function decodeFields(text: string): StoredPoint['fields'] {
  const fields = recordOf<string | number | bigint | boolean>();
  for (const [, key = '', value = ''] of text.matchAll(FIELD)) fields[unescapeName(key)] = decodeFieldValue(value);
  return fields;
}

function recordOf<Value>(): Record<string, Value> {
  // Object.create(null) is typed any; it is a record of what is put into it, with no key of its own.
  return Object.create(null) as Record<string, Value>;
}

function decodeFieldValue(text: string): string | number | bigint | boolean {
  if (text.startsWith('"')) return text.slice(1, -1).replace(/\\(["\\])/g, '$1');
  if (text === 'true' || text === 'false') return text === 'true';
  return text.endsWith('i') ? BigInt(text.slice(0, -1)) : Number(text);
}
