/** The parts of a line of line protocol that are read at each point; the head is decoded once for all equal ones. */
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

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NANOSECOND_DIGITS = 9;

export function createScannedLine(): ScannedLine {
  return { head: '', second: 0, fieldsStart: 0, fieldsEnd: 0, nextStart: 0 };
}

/**
 * Finds the parts of the line that begins at an index, as `LineEncoder` wrote it.
 *
 * @param into - takes the result, so that nothing is made for each line
 */
export function scanLine(text: string, start: number, into: ScannedLine): void {
  const lineFeed = text.indexOf('\n', start);
  const end = lineFeed === -1 ? text.length : lineFeed;
  let headEnd = text.indexOf(' ', start);
  // A space in a name or a tag has a backslash before it.
  while (headEnd > start && text.charCodeAt(headEnd - 1) === BACKSLASH) headEnd = text.indexOf(' ', headEnd + 1);
  const stampStart = text.lastIndexOf(' ', end - 1) + 1;
  into.head = text.slice(start, headEnd);
  into.second = Number(text.slice(stampStart, end - NANOSECOND_DIGITS));
  into.fieldsStart = headEnd + 1;
  into.fieldsEnd = stampStart - 1;
  into.nextStart = end + 1;
}

/**
 * Reads a number from a line's fields. It walks field by field, since the text of another field may hold anything.
 *
 * @returns `undefined` where there is no such field, or it is no number
 */
export function readNumberField(text: string, line: ScannedLine, name: string): number | undefined {
  let start = line.fieldsStart;
  while (start < line.fieldsEnd) {
    const equals = findEquals(text, start);
    const isWanted = equals - start === name.length && text.startsWith(name, start);
    if (text.charCodeAt(equals + 1) === QUOTE) {
      if (isWanted) return undefined;
      start = findClosingQuote(text, equals + 2) + 2;
      continue;
    }
    const comma = text.indexOf(',', equals);
    const end = comma === -1 || comma > line.fieldsEnd ? line.fieldsEnd : comma;
    if (isWanted) return toNumber(text.slice(equals + 1, end));
    start = end + 1;
  }
  return undefined;
}

/** Where a field's name ends: at the first equals sign without a backslash. */
function findEquals(text: string, start: number): number {
  let index = text.indexOf('=', start);
  while (text.charCodeAt(index - 1) === BACKSLASH) index = text.indexOf('=', index + 1);
  return index;
}

function findClosingQuote(text: string, start: number): number {
  let index = start;
  while (index < text.length && text.charCodeAt(index) !== QUOTE) {
    index += text.charCodeAt(index) === BACKSLASH ? 2 : 1;
  }
  return index;
}

function toNumber(text: string): number | undefined {
  const value = Number(text.endsWith('i') ? text.slice(0, -1) : text);
  return Number.isFinite(value) ? value : undefined;
}
