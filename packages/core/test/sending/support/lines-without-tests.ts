/** A line of a series, told from all others by its number. */
export function lineOf(number: number, series = 'requests'): string {
  return `${series},route=GET:/ execution_time=0.5 ${String(1_700_000_000_000_000_000n + BigInt(number))}`;
}
