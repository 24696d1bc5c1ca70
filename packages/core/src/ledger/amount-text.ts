const KIB = 1024;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Below so many of a unit the smaller one is told: 100 s says more than 2 minutes. */
const MAX_SECONDS = 100;
const MAX_MINUTES = 100;
const MAX_HOURS = 48;

/** A number of points in words. */
export function pointsText(count: number): string {
  return `${String(count)} ${count === 1 ? 'point' : 'points'}`;
}

/** A time in the unit that a reader would use, as `12 s`, `11 minutes`, `4 hours` or `3 days`. */
export function durationText(ms: number): string {
  if (ms < SECOND_MS) return 'less than 1 s';
  if (ms < MAX_SECONDS * SECOND_MS) return `${String(Math.round(ms / SECOND_MS))} s`;
  if (ms < MAX_MINUTES * MINUTE_MS) return `${String(Math.round(ms / MINUTE_MS))} minutes`;
  if (ms < MAX_HOURS * HOUR_MS) return `${String(Math.round(ms / HOUR_MS))} hours`;
  return `${String(Math.round(ms / DAY_MS))} days`;
}

/** A size in KiB, MiB or GiB, with a decimal where it has one. */
export function bytesText(bytes: number): string {
  if (bytes < KIB ** 2) return `${rounded(bytes / KIB)} KiB`;
  return bytes < KIB ** 3 ? `${rounded(bytes / KIB ** 2)} MiB` : `${rounded(bytes / KIB ** 3)} GiB`;
}

function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}
