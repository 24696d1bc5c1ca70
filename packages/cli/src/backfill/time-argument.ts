import { InvalidArgumentError } from 'commander';

const MS_BY_UNIT: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** Reads a time, in milliseconds since the epoch: `2026-11-27T10:00Z`, or `36h` for so long ago. @throws InvalidArgumentError */
export function timeArgument(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  const unitMs = MS_BY_UNIT[unit];
  if (unitMs !== undefined) return Date.now() - Number(count) * unitMs;
  const timeMs = TIME.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(timeMs)) return timeMs;
  throw new InvalidArgumentError(
    'Expected a time with its zone, as in 2026-11-27T10:00Z, or so long ago: 90m, 36h, 7d.',
  );
}
