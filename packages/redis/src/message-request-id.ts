import { MAX_REQUEST_ID_LENGTH } from '@influx-monitoring/core';

/** What stands for a request id where a message carries none. */
export const NO_REQUEST_ID = 'none';

/** How much of a payload is searched: an id that stands behind so many characters is not found. */
export const MAX_SEARCHED_LENGTH = 65_536;

const KEYS = ['"request_id"', '"requestId"'] as const;

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

/**
 * The request id of a JSON payload: its `request_id`, else its `requestId`, if that is a string or a number.
 *
 * It reads the text instead of parsing it: of a payload of 300 bytes `JSON.parse` takes 1 µs or more, this 0.1 to
 * 0.3 µs, and next to nothing where neither key occurs (bench/request-id.ts has the numbers). So a number keeps the
 * digits it was written with, and a payload that breaks off behind the id still tells it.
 *
 * @param message - the payload as it was delivered
 * @returns at most 256 characters, `none` where there is no id
 */
export function requestIdOfPayload(message: unknown): string {
  const text = textToSearch(message);
  if (text === undefined || text.charCodeAt(skipSpace(text, 0)) !== OPEN_BRACE) return NO_REQUEST_ID;
  for (const key of KEYS) {
    const id = valueOfKey(text, key);
    if (id !== undefined) return id;
  }
  return NO_REQUEST_ID;
}

/** A request id that the user's function gave, in the form a point takes. */
export function requestIdOfUser(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_REQUEST_ID_LENGTH) : NO_REQUEST_ID;
}

function textToSearch(message: unknown): string | undefined {
  if (typeof message === 'string') {
    return message.length > MAX_SEARCHED_LENGTH ? message.slice(0, MAX_SEARCHED_LENGTH) : message;
  }
  return Buffer.isBuffer(message) ? message.toString('utf8', 0, MAX_SEARCHED_LENGTH) : undefined;
}

/** One pass, however often the text of the key occurs in nested objects and in strings. */
function valueOfKey(text: string, key: string): string | undefined {
  let keyAt = text.indexOf(key);
  let depth = 0;
  for (let at = 0; keyAt !== -1 && at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== QUOTE) {
      depth += depthChange(code);
      continue;
    }
    const id = at === keyAt && depth === 1 ? valueBehind(text, at + key.length) : undefined;
    if (id !== undefined) return id;
    at = endOfString(text, at);
    if (at > keyAt) keyAt = text.indexOf(key, at + 1);
  }
  return undefined;
}

function depthChange(code: number): number {
  if (code === OPEN_BRACE || code === OPEN_BRACKET) return 1;
  return code === CLOSE_BRACE || code === CLOSE_BRACKET ? -1 : 0;
}

/** The value behind a key's colon; without a colon it was no key. */
function valueBehind(text: string, keyEnd: number): string | undefined {
  const colonAt = skipSpace(text, keyEnd);
  return text.charCodeAt(colonAt) === COLON ? valueAt(text, skipSpace(text, colonAt + 1)) : undefined;
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
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  // JSON knows four kinds of white space, all at or below the space.
  while (at < text.length && text.charCodeAt(at) <= SPACE) at += 1;
  return at;
}
