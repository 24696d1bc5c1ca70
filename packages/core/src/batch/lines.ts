import { unescapeName } from '../lines/escape.ts';
import { endOfSeries } from '../lines/scan.ts';

/** Ends a line of line protocol; inside a line the encoder writes it as two characters. */
export const LINE_END = 0x0a;

/**
 * Some lines in one piece of memory, without a line end after the last.
 *
 * @category Delivery
 */
export interface Lines {
  readonly bytes: Buffer;
  readonly lineCount: number;
}

/** How much lines may come to. */
export interface LineBounds {
  readonly maxLines: number;
  readonly maxBytes: number;
}

/** Puts lines together, in order. */
export function joinLines(parts: readonly Lines[]): Lines {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const buffers = parts.flatMap(({ bytes }, index) => (index === 0 ? [bytes] : [SEPARATOR, bytes]));
  return { bytes: Buffer.concat(buffers), lineCount: parts.reduce((sum, part) => sum + part.lineCount, 0) };
}

const SEPARATOR = Buffer.of(LINE_END);

/** Cuts lines after the middle one; both halves share their memory. There must be two lines or more. */
export function halveLines({ bytes, lineCount }: Lines): [Lines, Lines] {
  const firstCount = Math.ceil(lineCount / 2);
  let end = -1;
  for (let count = 0; count < firstCount; count += 1) end = bytes.indexOf(LINE_END, end + 1);
  return [
    { bytes: bytes.subarray(0, end), lineCount: firstCount },
    { bytes: bytes.subarray(end + 1), lineCount: lineCount - firstCount },
  ];
}

/**
 * Takes lines out, each into the group of its index.
 *
 * @param groups - a group for each index; indexes that are not of the lines are ignored
 * @returns the groups that got lines, in the order of their first, and the rest; `undefined` where nothing remains
 */
export function extractLines<Group>(
  { bytes }: Lines,
  groups: ReadonlyMap<number, Group>,
): { readonly extracted: ReadonlyMap<Group, Lines>; readonly rest: Lines | undefined } {
  const extracted = new Map<Group, Buffer[]>();
  const rest: Buffer[] = [];
  let index = 0;
  for (let start = 0; start <= bytes.length; index += 1) {
    const found = bytes.indexOf(LINE_END, start);
    const end = found === -1 ? bytes.length : found;
    const group = groups.get(index);
    const target = group === undefined ? rest : (extracted.get(group) ?? []);
    if (group !== undefined) extracted.set(group, target);
    target.push(bytes.subarray(start, end));
    start = end + 1;
  }
  const joined = Array.from(extracted, ([group, lines]) => [group, linesOf(lines)] as const);
  return { extracted: new Map(joined), rest: rest.length === 0 ? undefined : linesOf(rest) };
}

function linesOf(lines: readonly Buffer[]): Lines {
  return joinLines(lines.map((bytes) => ({ bytes, lineCount: 1 })));
}

/** How many lines there are; none is no line. */
export function countLines(bytes: Buffer): number {
  if (bytes.length === 0) return 0;
  let count = 1;
  for (let end = bytes.indexOf(LINE_END); end !== -1; end = bytes.indexOf(LINE_END, end + 1)) count += 1;
  return count;
}

/** How many lines each series has. It makes no line, since without a spool an outage drops as many points as it records. */
export function countBySeries(bytes: Buffer): Map<string, number> {
  // A character a byte, so that the indexes are those of the bytes.
  const text = bytes.toString('latin1');
  const counts = new Map<string, number>();
  for (let start = 0; start <= text.length;) {
    const end = endOfSeries(text, start);
    const series = unescapeName(bytes.toString('utf8', start, end));
    counts.set(series, (counts.get(series) ?? 0) + 1);
    const lineEnd = text.indexOf('\n', end);
    if (lineEnd === -1) break;
    start = lineEnd + 1;
  }
  return counts;
}
