import { MAX_REQUEST_ID_LENGTH } from '@influx-monitoring/core/internal';

/** What stands for a request id where a message carries none. */
export const NO_REQUEST_ID = 'none';

/** How much of a payload is searched: an id that stands behind so many characters is not found. */
export const MAX_SEARCHED_LENGTH = 65_536;

/** How many strings of a payload, keys included, are gone through: an id that stands behind so many is not found. */
export const MAX_SEARCHED_STRINGS = 1000;

/**
 * What both keys have and few payloads hold: the engine looks for its first letter with SIMD, and neither hexadecimal
 * digits nor most words have a q. Looking for either key itself takes ten times as long.
 */
const RARE_PART = 'quest';
const RARE_PART_OFFSET = '"re'.length;
const SNAKE_KEY = '"request_id"';
const CAMEL_KEY = '"requestId"';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SPACE = 0x20;
const NUMBER = /^-?\d[\d.eE+-]*$/;

/** A key that stands further behind is not where the next message has it, either: what is before it varies. */
const MAX_KNOWN_START_LENGTH = 64;

/** How often another start is learned: where each message has its own, learning is for nothing. */
const MAX_LEARNED_STARTS = 16;

/**
 * Finds the request id of JSON payloads: their `request_id`, else their `requestId`, if that is a string or a number.
 *
 * It reads the text instead of parsing it: so a number keeps the digits it was written with, and a payload that breaks
 * off behind the id still tells it. A key written with escapes (`request\u005fid`) is not found. What it does is in the
 * order of its price:
 *
 * 1. A payload that begins as an earlier one did, up to the key, has the id at the same place.
 * 2. A payload that does not hold the letters of a key has none: one search by the engine, and nothing is gone through.
 * 3. Only what is left is gone through, string by string, up to the key.
 *
 * No message is taken to have no id because those before it had none.
 */
export class RequestIdScan {
  /** How a payload began whose first key it was, or one of the first: up to the colon of `request_id`. */
  #knownStart = `{${SNAKE_KEY}:`;
  #learningsLeft = MAX_LEARNED_STARTS;

  /**
   * @param message - the payload as it was delivered
   * @returns at most 256 characters, `none` where there is no id
   */
  requestIdOf(message: unknown): string {
    const text = textToSearch(message);
    const start = this.#knownStart;
    if (text.startsWith(start)) {
      const id = valueAt(text, skipSpace(text, start.length));
      if (id !== undefined) return id;
    }
    const rareAt = text.indexOf(RARE_PART);
    if (rareAt === -1 || text.charCodeAt(skipSpace(text, 0)) !== OPEN_BRACE) return NO_REQUEST_ID;
    return this.#scan(text, rareAt);
  }

  #scan(text: string, firstRareAt: number): string {
    const walk: Walk = { at: 0, depth: 0, stringsLeft: MAX_SEARCHED_STRINGS };
    let camelId: string | undefined;
    for (let rareAt = firstRareAt; rareAt !== -1; rareAt = text.indexOf(RARE_PART, rareAt + 1)) {
      const keyAt = rareAt - RARE_PART_OFFSET;
      const isSnake = text.startsWith(SNAKE_KEY, keyAt);
      if (!isSnake && !text.startsWith(CAMEL_KEY, keyAt)) continue;
      if (!isTopLevel(text, keyAt, walk)) continue;
      const colonAt = skipSpace(text, keyAt + (isSnake ? SNAKE_KEY.length : CAMEL_KEY.length));
      // Without a colon it was no key.
      if (text.charCodeAt(colonAt) !== COLON) continue;
      const id = valueAt(text, skipSpace(text, colonAt + 1));
      if (isSnake && id !== undefined) {
        this.#learn(text, colonAt + 1);
        return id;
      }
      camelId ??= id;
    }
    return camelId ?? NO_REQUEST_ID;
  }

  #learn(text: string, length: number): void {
    if (length > MAX_KNOWN_START_LENGTH || this.#learningsLeft === 0) return;
    this.#learningsLeft -= 1;
    // A copy: a slice would hold the whole payload.
    this.#knownStart = Buffer.from(text.slice(0, length)).toString();
  }
}

/** A request id that the user's function gave, in the form a point takes. */
export function requestIdOfUser(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_REQUEST_ID_LENGTH) : NO_REQUEST_ID;
}

/** How far a payload was walked through, always to between two of its strings: one pass, whatever it holds. */
interface Walk {
  at: number;
  /** How many objects and arrays are open there. */
  depth: number;
  /** How many more strings it goes through. */
  stringsLeft: number;
}

function textToSearch(message: unknown): string {
  if (typeof message === 'string') {
    return message.length > MAX_SEARCHED_LENGTH ? message.slice(0, MAX_SEARCHED_LENGTH) : message;
  }
  return Buffer.isBuffer(message) ? message.toString('utf8', 0, MAX_SEARCHED_LENGTH) : '';
}

/** Whether the string that opens at `keyAt` is one of the outermost object's, rather than deeper or inside a string. */
function isTopLevel(text: string, keyAt: number, walk: Walk): boolean {
  let { at, depth } = walk;
  while (at < keyAt) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      if (walk.stringsLeft === 0) break;
      at = endOfString(text, at);
      walk.stringsLeft -= 1;
    } else {
      depth += depthChange(code);
    }
    at += 1;
  }
  walk.at = at;
  walk.depth = depth;
  return at === keyAt && depth === 1;
}

function depthChange(code: number): number {
  if (code === OPEN_BRACE || code === OPEN_BRACKET) return 1;
  return code === CLOSE_BRACE || code === CLOSE_BRACKET ? -1 : 0;
}

function valueAt(text: string, start: number): string | undefined {
  if (text.charCodeAt(start) !== QUOTE) return numberAt(text, start);
  const end = endOfString(text, start);
  const raw = text.slice(start + 1, end);
  const value = raw.includes('\\') ? unescaped(text.slice(start, end + 1)) : raw;
  return value === '' ? undefined : value?.slice(0, MAX_REQUEST_ID_LENGTH);
}

function numberAt(text: string, start: number): string | undefined {
  let end = start;
  while (end < text.length && !endsNumber(text.charCodeAt(end))) end += 1;
  const digits = text.slice(start, end);
  return NUMBER.test(digits) ? digits.slice(0, MAX_REQUEST_ID_LENGTH) : undefined;
}

function endsNumber(code: number): boolean {
  return code <= SPACE || code === COMMA || code === CLOSE_BRACE;
}

function unescaped(literal: string): string | undefined {
  try {
    // A JSON string literal, quotes included, or no JSON at all.
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}

/** Where the string that opens at `start` closes; behind the text where it does not. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

/** Whether an odd number of backslashes stands before a quote: in pairs they are characters of the string. */
function isEscaped(text: string, quoteAt: number): boolean {
  let at = quoteAt - 1;
  while (text.charCodeAt(at) === BACKSLASH) at -= 1;
  return (quoteAt - at) % 2 === 0;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  // JSON knows four kinds of white space, all at or below the space.
  while (at < text.length && text.charCodeAt(at) <= SPACE) at += 1;
  return at;
}
