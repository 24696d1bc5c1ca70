const NOTHING = '–';

/** As in `1,204`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** As in `850 µs`, `12.3 ms`, `1.20 s`. */
export function formatDuration(seconds: number | undefined): string {
  if (seconds === undefined) return NOTHING;
  if (seconds < 1e-3) return `${(seconds * 1e6).toFixed(0)} µs`;
  return seconds < 1 ? `${(seconds * 1e3).toFixed(1)} ms` : `${seconds.toFixed(2)} s`;
}

/** The most frequent codes with their counts, as in `404×12 400×3 +2 more`. */
export function formatCodes(codes: readonly (readonly [string, number])[], limit: number): string {
  const shown = codes.slice(0, limit).map(([code, count]) => `${code}×${formatCount(count)}`);
  if (codes.length > limit) shown.push(`+${String(codes.length - limit)} more`);
  return shown.join(' ');
}
