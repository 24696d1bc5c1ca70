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

/**
 * Reads a line that `LineEncoder` wrote.
 *
 * It is no general parser: a line of another maker may have what ours never have (no time stamp, `t` for true).
 */
export function decodeLine(line: string): StoredPoint {
  const headEnd = findUnescaped(line, ' ', 0);
  const stampStart = line.lastIndexOf(' ');
  const head = splitUnescaped(line.slice(0, headEnd), ',');
  const [series = '', ...tagTexts] = head;
  const stamp = BigInt(line.slice(stampStart + 1));
  return {
    series: unescapeName(series),
    time: Number(stamp / NANOSECONDS_PER_MICROSECOND) / 1e6,
    stamp,
    tags: decodePairs(tagTexts, unescapeName),
    fields: decodePairs(splitUnescaped(line.slice(headEnd + 1, stampStart), ','), decodeFieldValue),
  };
}

function decodePairs<Value>(pairs: readonly string[], decodeValue: (text: string) => Value): Record<string, Value> {
  // Object.create(null) is typed any; it is a record of what is put into it, with no key of its own.
  const decoded = Object.create(null) as Record<string, Value>;
  for (const pair of pairs) {
    const equals = findUnescaped(pair, '=', 0);
    decoded[unescapeName(pair.slice(0, equals))] = decodeValue(pair.slice(equals + 1));
  }
  return decoded;
}

function decodeFieldValue(text: string): string | number | bigint | boolean {
  if (text.startsWith('"')) return text.slice(1, -1).replace(/\\(["\\])/g, '$1');
  if (text === 'true' || text === 'false') return text === 'true';
  return text.endsWith('i') ? BigInt(text.slice(0, -1)) : Number(text);
}

function unescapeName(text: string): string {
  return text.replace(/\\([,= ])/g, '$1');
}

function splitUnescaped(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  while (start <= text.length) {
    const end = findUnescaped(text, separator, start);
    parts.push(text.slice(start, end));
    start = end + 1;
  }
  return parts;
}

/** The index of a separator outside quotes and not behind a backslash; the length where there is none. */
function findUnescaped(text: string, separator: string, from: number): number {
  let isQuoted = false;
  for (let index = from; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\\' && (isQuoted || isSpecial(text[index + 1]))) index += 1;
    else if (character === '"' && separator === ',' && text[index - 1] === '=') isQuoted = true;
    else if (character === '"' && isQuoted) isQuoted = false;
    else if (character === separator && !isQuoted) return index;
  }
  return text.length;
}

function isSpecial(character: string | undefined): boolean {
  return character === ',' || character === '=' || character === ' ';
}
