import { InvalidArgumentError } from 'commander';

const SECONDS_BY_UNIT: Readonly<Record<string, number>> = { h: 3600, d: 86_400, w: 604_800 };
const HOUR = 3600;
const DAY = 86_400;
const WEEK = 604_800;

/** Reads `30d` as seconds; 0 stands for `forever`. @throws InvalidArgumentError */
export function retentionArgument(text: string): number {
  if (text === 'forever') return 0;
  const [, count = '', unit = ''] = /^(\d{1,6})([hdw])$/.exec(text) ?? [];
  const seconds = Number(count) * (SECONDS_BY_UNIT[unit] ?? 0);
  // InfluxDB takes no shorter one.
  if (seconds >= HOUR) return seconds;
  throw new InvalidArgumentError('Expected hours, days or weeks, at least 1h, as in 12h, 30d or 8w, or forever.');
}

/** Seconds in the largest unit that fits, as InfluxQL has it. */
export function durationText(seconds: number): string {
  if (seconds === 0) return 'INF';
  if (seconds % DAY === 0) return `${String(seconds / DAY)}d`;
  return seconds % HOUR === 0 ? `${String(seconds / HOUR)}h` : `${String(seconds)}s`;
}

/** The same for a person. */
export function retentionText(seconds: number): string {
  return seconds === 0 ? 'kept forever' : `kept for ${durationText(seconds)}`;
}

/** How long a shard should be for a retention: what InfluxDB takes by itself for a new policy. */
export function shardSeconds(retentionSeconds: number): number {
  if (retentionSeconds === 0 || retentionSeconds > 180 * DAY) return WEEK;
  return retentionSeconds < 2 * DAY ? HOUR : DAY;
}

/** What shortening a retention costs; `undefined` where it costs nothing. */
export function cautionOf(earlierSeconds: number, laterSeconds: number): string | undefined {
  const isShorter = laterSeconds !== 0 && (earlierSeconds === 0 || laterSeconds < earlierSeconds);
  return isShorter ? `points older than ${durationText(laterSeconds)} are deleted` : undefined;
}
