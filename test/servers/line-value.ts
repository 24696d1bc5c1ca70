/** A value of a field with its type: two values of different types conflict. */
export type ParsedValue =
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'integer' | 'unsigned'; readonly value: bigint }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'boolean'; readonly value: boolean };

/** What is wrong with a line, in InfluxDB's words. */
export class LineError extends Error {}

const TRUE_WORDS: ReadonlySet<string> = new Set(['t', 'T', 'true', 'True', 'TRUE']);
const FALSE_WORDS: ReadonlySet<string> = new Set(['f', 'F', 'false', 'False', 'FALSE']);

/** Of a number there must be a digit; `1.5i` and `1e3i` are none. */
const INTEGER = /^-?\d+i$/;
const UNSIGNED = /^\d+u$/;
const FLOAT = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** What begins as a number and goes on with the characters of one, and is none nevertheless. */
const ALMOST_FLOAT = /^-?[\d.]*[\d.][eE][\d.eE+-]*$/;

const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 63n - 1n;
const MAX_UNSIGNED = 2n ** 64n - 1n;

/** Reads a string as it stands between its quotes. */
export function readString(quoted: string): ParsedValue {
  return { type: 'string', value: quoted.replace(/\\(["\\])/g, '$1') };
}

/** Reads what is not quoted. @throws LineError */
export function readWord(word: string): ParsedValue {
  if (!/^[-.\dNn]/.test(word)) return readBoolean(word);
  if (INTEGER.test(word)) return readInteger(word, 'integer', MIN_INTEGER, MAX_INTEGER);
  if (UNSIGNED.test(word)) return readInteger(word, 'unsigned', 0n, MAX_UNSIGNED);
  if (!FLOAT.test(word)) throw new LineError(ALMOST_FLOAT.test(word) ? 'invalid float' : 'invalid number');
  const value = Number(word);
  if (!Number.isFinite(value)) throw new LineError('invalid float');
  return { type: 'float', value };
}

/** Reads a timestamp: whole, within 64 bits. @throws LineError */
export function readTimestamp(text: string): bigint {
  if (!/^-?\d*$/.test(text)) throw new LineError('bad timestamp');
  if (text === '-') throw new LineError('strconv.ParseInt: parsing "-": invalid syntax');
  const timestamp = BigInt(text);
  if (timestamp < MIN_INTEGER || timestamp > MAX_INTEGER) {
    throw new LineError(`strconv.ParseInt: parsing "${text}": value out of range`);
  }
  return timestamp;
}

function readBoolean(word: string): ParsedValue {
  if (TRUE_WORDS.has(word)) return { type: 'boolean', value: true };
  if (FALSE_WORDS.has(word)) return { type: 'boolean', value: false };
  throw new LineError('invalid boolean');
}

function readInteger(word: string, type: 'integer' | 'unsigned', minimum: bigint, maximum: bigint): ParsedValue {
  const digits = word.slice(0, -1);
  const value = BigInt(digits);
  if (value >= minimum && value <= maximum) return { type, value };
  const parser = type === 'integer' ? 'ParseInt' : 'ParseUint';
  throw new LineError(`unable to parse ${type} ${digits}: strconv.${parser}: parsing "${digits}": value out of range`);
}
