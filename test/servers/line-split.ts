/** A line of a body. */
export interface BodyLine {
  readonly text: string;
  /** Of the line in the body, from 1. */
  readonly number: number;
}

/**
 * Splits a body at the ends of lines outside quoted values, as InfluxDB does: a quote that is not closed takes all that
 * follows into its line. Comments and empty lines are left out.
 */
export function splitLines(body: string): BodyLine[] {
  const lines: BodyLine[] = [];
  let start = 0;
  let number = 1;
  while (start < body.length) {
    const end = endOfLine(body, start);
    const text = body.slice(start, end).replace(/^[ \t\0]+/, '');
    if (text !== '' && !text.startsWith('#')) lines.push({ text, number });
    number += body.slice(start, end + 1).split('\n').length - 1;
    start = end + 1;
  }
  return lines;
}

/** A quote counts in a value: after the first space, where more equals signs than commas have come. */
function endOfLine(body: string, from: number): number {
  let isQuoted = false;
  let hasSpace = false;
  let openValues = 0;
  for (let index = from; index < body.length; index += 1) {
    const character = body[index];
    // Whatever follows a backslash is passed over, an end of line as well, but for the last character of the body.
    if (character === '\\' && index + 2 < body.length) index += 1;
    else if (character === '\n' && !isQuoted) return index;
    else if (character === ' ') hasSpace = true;
    else if (!hasSpace) continue;
    else if (character === '"' && openValues > 0) isQuoted = !isQuoted;
    else if (character === '=' && !isQuoted) openValues += 1;
    else if (character === ',' && !isQuoted) openValues -= 1;
  }
  return body.length;
}
