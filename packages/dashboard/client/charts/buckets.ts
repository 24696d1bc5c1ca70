import type uPlot from 'uplot';

/** Columns of a chart: seconds, and a list of values for each line. */
export interface Columns {
  readonly seconds: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
}

/**
 * Fits seconds into the pixels that there are: where a pixel stands for several, it keeps their least and their greatest
 * value, so that no peak is lost.
 */
export function fitToPixels({ seconds, values }: Columns, pixels: number): uPlot.AlignedData {
  // uPlot takes arrays that it may not change, too.
  if (seconds.length <= pixels) return [[...seconds], ...values.map((line) => [...line])];
  const size = Math.ceil(seconds.length / Math.floor(pixels / 2));
  const times: number[] = [];
  const lines: (number | null)[][] = values.map(() => []);
  for (let start = 0; start < seconds.length; start += size) {
    const end = Math.min(start + size, seconds.length);
    const middle = Math.min(start + Math.ceil(size / 2), end - 1);
    times.push(seconds[start] ?? 0);
    if (middle > start) times.push(seconds[middle] ?? 0);
    values.forEach((line, index) => {
      const [first, second] = extremesOf(line, start, end);
      lines[index]?.push(first);
      if (middle > start) lines[index]?.push(second);
    });
  }
  return [times, ...lines];
}

/** The least and the greatest value, in the order in which they came. */
function extremesOf(
  line: readonly (number | null)[],
  start: number,
  end: number,
): [first: number | null, second: number | null] {
  let least = -1;
  let greatest = -1;
  for (let index = start; index < end; index += 1) {
    const value = line[index];
    if (value == null) continue;
    if (least === -1 || value < (line[least] ?? 0)) least = index;
    if (greatest === -1 || value > (line[greatest] ?? 0)) greatest = index;
  }
  const at = (index: number): number | null => line[index] ?? null;
  return least < greatest ? [at(least), at(greatest)] : [at(greatest), at(least)];
}
