/**
 * The one place that knows where the parts of a line stand: what decodes lines, counts them, filters and sums them up
 * walks by this. It makes nothing for each line but what is asked for.
 */

/** The parts of a line that are read at each point; the head is decoded once for all equal ones. */
export interface ScannedLine {
  /** Series and tags, as they stand in the line. */
  head: string;
  /** When the event began, in whole seconds since the epoch. */
  second: number;
  /** Where the fields begin in the text. */
  fieldsStart: number;
  /** Where the fields end in the text. */
  fieldsEnd: number;
  /** Where the next line begins; past the text's end after the last. */
  nextStart: number;
}

/** Where a field stands in a text. */
export interface ScannedField {
  nameEnd: number;
  valueStart: number;
  valueEnd: number;
  /** True where the value stands in quotes; they are no part of it. */
  isQuoted: boolean;
  nextStart: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;
const SPACE = 0x20;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const NANOSECOND_DIGITS = 9;

/** Makes what `scanLine` fills. */
export function createScannedLine(): ScannedLine {
  return { head: '', second: 0, fieldsStart: 0, fieldsEnd: 0, nextStart: 0 };
}

/** Makes what `scanField` fills. */
export function createScannedField(): ScannedField {
  return { nameEnd: 0, valueStart: 0, valueEnd: 0, isQuoted: false, nextStart: 0 };
}

/**
 * Finds the parts of the line that begins at an index, as `LineEncoder` wrote it.
 *
 * @param into - takes the result, so that nothing is made for each line
 */
export function scanLine(text: string, start: number, into: ScannedLine): void {
  const lineFeed = text.indexOf('\n', start);
  const end = lineFeed === -1 ? text.length : lineFeed;
  const headEnd = endOfPart(text, SPACE, start, end);
  const stampStart = Math.max(text.lastIndexOf(' ', end - 1) + 1, start);
  into.head = text.slice(start, headEnd);
  into.second = Number(text.slice(stampStart, end - NANOSECOND_DIGITS));
  into.fieldsStart = headEnd + 1;
  into.fieldsEnd = stampStart - 1;
  into.nextStart = end + 1;
}

/** Where a part ends: at the first such character that has no backslash before it, else at the end. */
export function endOfPart(text: string, character: number, start: number, end: number): number {
  for (let index = start; index < end; index += 1) {
    const code = text.charCodeAt(index);
    if (code === character) return index;
    if (code === BACKSLASH) index += 1;
  }
  return end;
}

/** Where the series of the line that begins at an index ends. */
export function endOfSeries(text: string, start: number): number {
  for (let index = start; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === COMMA || code === SPACE || code === LINE_FEED) return index;
    if (code === BACKSLASH) index += 1;
  }
  return text.length;
}

/**
 * Finds the field that begins at an index. It walks field by field, since the text of another field may hold anything.
 *
 * @param end - where the fields end
 * @returns false where no field begins there
 */
export function scanField(text: string, start: number, end: number, into: ScannedField): boolean {
  if (start >= end) return false;
  const equals = endOfPart(text, EQUALS, start, end);
  if (equals === end) return false;
  into.nameEnd = equals;
  into.isQuoted = text.charCodeAt(equals + 1) === QUOTE;
  into.valueStart = into.isQuoted ? equals + 2 : equals + 1;
  into.valueEnd = endOfPart(text, into.isQuoted ? QUOTE : COMMA, into.valueStart, end);
  into.nextStart = into.isQuoted ? into.valueEnd + 2 : into.valueEnd + 1;
  return true;
}

const field = createScannedField();

/**
 * Reads a number from a line's fields.
 *
 * @returns `undefined` where there is no such field, or it is no number
 */
export function readNumberField(text: string, line: ScannedLine, name: string): number | undefined {
  if (!findField(text, line, name) || field.isQuoted) return undefined;
  const value = text.slice(field.valueStart, field.valueEnd);
  const number = Number(value.endsWith('i') ? value.slice(0, -1) : value);
  return Number.isFinite(number) ? number : undefined;
}

/** Reads a text from a line's fields. @returns `undefined` where there is no such field, or it is no text */
export function readTextField(text: string, line: ScannedLine, name: string): string | undefined {
  if (!findField(text, line, name) || !field.isQuoted) return undefined;
  return unescapeText(text.slice(field.valueStart, field.valueEnd));
}

/** Takes the escapes out of a text between quotes. */
export function unescapeText(wireText: string): string {
  return wireText.replace(/\\(["\\])/g, '$1');
}

function findField(text: string, line: ScannedLine, name: string): boolean {
  let start = line.fieldsStart;
  while (scanField(text, start, line.fieldsEnd, field)) {
    if (field.nameEnd - start === name.length && text.startsWith(name, start)) return true;
    start = field.nextStart;
  }
  return false;
}
