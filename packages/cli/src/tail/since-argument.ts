import { InvalidArgumentError } from 'commander';

const SECONDS_OF_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads a time as `30s`, `5m`, `2h` or `1d`, in seconds. @throws InvalidArgumentError */
export function sinceArgument(text: string): number {
  const [, digits, unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const unitSeconds = SECONDS_OF_UNIT[unit];
  if (digits !== undefined && unitSeconds !== undefined) return Number(digits) * unitSeconds;
  throw new InvalidArgumentError('Expected a time, as in 30s, 5m, 2h or 1d.');
}
