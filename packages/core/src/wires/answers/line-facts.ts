import { unescapeName } from '../../lines/escape.ts';
import { createScannedField, endOfPart, scanField } from '../../lines/scan.ts';
import type { Steps } from './slices.ts';

const SPACE = 0x20;
const COMMA = 0x2c;

/** Lines that one step looks at, and bytes: a line may have a MiB. */
const STEP_LINES = 50;
const STEP_LENGTH = 16 * 1024;

/** Looks at each line of a batch, some of them a step. */
export function* eachLine(lines: string, look: (line: string, index: number) => void): Steps<void> {
  let index = 0;
  let lookedAt = 0;
  let linesInStep = 0;
  for (let start = 0; start <= lines.length; index += 1) {
    const found = lines.indexOf('\n', start);
    const end = found === -1 ? lines.length : found;
    look(lines.slice(start, end), index);
    start = end + 1;
    linesInStep += 1;
    if (linesInStep < STEP_LINES && start - lookedAt < STEP_LENGTH) continue;
    lookedAt = start;
    linesInStep = 0;
    yield;
  }
}

/** The time of a line in nanoseconds; `undefined` where it has none, and gets that of its arrival. */
export function stampOf(line: string): bigint | undefined {
  const text = line.slice(line.lastIndexOf(' ') + 1);
  return /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}

/** Whether a field of a series has a type (in InfluxDB's words) in a line. */
export function hasFieldOfType(line: string, series: string, field: string, type: string): boolean {
  const headEnd = endOfPart(line, SPACE, 0, line.length);
  if (unescapeName(line.slice(0, endOfPart(line, COMMA, 0, headEnd))) !== series) return false;
  const scanned = createScannedField();
  const end = Math.max(line.lastIndexOf(' '), headEnd + 1);
  for (let start = headEnd + 1; scanField(line, start, end, scanned); start = scanned.nextStart) {
    if (unescapeName(line.slice(start, scanned.nameEnd)) !== field) continue;
    return (scanned.isQuoted ? 'string' : typeOfBare(line.slice(scanned.valueStart, scanned.valueEnd))) === type;
  }
  return false;
}

function typeOfBare(text: string): string {
  if (text.endsWith('i')) return 'integer';
  if (text.endsWith('u')) return 'unsigned';
  return /^[tf]/i.test(text) ? 'boolean' : 'float';
}
