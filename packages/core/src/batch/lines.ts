/** Ends a line of line protocol; inside a line the encoder writes it as two characters. */
export const LINE_END = 0x0a;

const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const SPACE = 0x20;

/** Some lines in one piece of memory, without a line end after the last. */
export interface Lines {
  readonly bytes: Buffer;
  readonly lineCount: number;
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

/** Takes out the lines at some indexes; `undefined` where nothing remains on that side. */
export function partitionLines(
  { bytes }: Lines,
  indexes: ReadonlySet<number>,
): { readonly chosen: Lines | undefined; readonly others: Lines | undefined } {
  const lines = bytes.toString().split('\n');
  return {
    chosen: linesOf(lines.filter((_line, index) => indexes.has(index))),
    others: linesOf(lines.filter((_line, index) => !indexes.has(index))),
  };
}

function linesOf(lines: readonly string[]): Lines | undefined {
  return lines.length === 0 ? undefined : { bytes: Buffer.from(lines.join('\n')), lineCount: lines.length };
}

/** How many lines each series has. It reads bytes, since without a spool an outage drops as many points as it records. */
export function countBySeries(bytes: Buffer): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start <= bytes.length;) {
    const series = seriesAt(bytes, start);
    counts.set(series, (counts.get(series) ?? 0) + 1);
    const end = bytes.indexOf(LINE_END, start);
    if (end === -1) break;
    start = end + 1;
  }
  return counts;
}

/** The series of the line at an offset: what stands before the first comma or space that has no backslash. */
function seriesAt(bytes: Buffer, start: number): string {
  let end = start;
  let isEscaped = false;
  for (; end < bytes.length && bytes[end] !== LINE_END; end += 1) {
    const byte = bytes[end];
    if (!isEscaped && (byte === COMMA || byte === SPACE)) break;
    isEscaped = byte === BACKSLASH && !isEscaped;
  }
  return bytes.toString('utf8', start, end).replace(/\\([, =])/g, '$1');
}
