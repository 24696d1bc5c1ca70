const NANOSECONDS_PER_MILLISECOND = 1_000_000n;
const NANOSECONDS_PER_SECOND = 1_000_000_000n;
/** The years that have four digits. */
const FIRST_MS = Date.UTC(-1, 12);
const END_MS = Date.UTC(10_000, 0);
const ISO_SECONDS_LENGTH = '2026-01-31T12:00:00'.length;

/**
 * A stamp as a time in UTC: `2026-01-31T12:00:00.123456789Z`. One of no year with four digits stays a number.
 *
 * @param stamp - nanoseconds since the epoch
 * @param digitCount - decimals of the seconds, up to 9
 */
export function timeTextOf(stamp: bigint, digitCount: number): string {
  const nanoseconds = ((stamp % NANOSECONDS_PER_SECOND) + NANOSECONDS_PER_SECOND) % NANOSECONDS_PER_SECOND;
  const milliseconds = Number((stamp - nanoseconds) / NANOSECONDS_PER_MILLISECOND);
  if (milliseconds < FIRST_MS || milliseconds >= END_MS) return String(stamp);
  const seconds = new Date(milliseconds).toISOString().slice(0, ISO_SECONDS_LENGTH);
  return `${seconds}.${String(nanoseconds).padStart(9, '0').slice(0, digitCount)}Z`;
}
