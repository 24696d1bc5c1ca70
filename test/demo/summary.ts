/** The five series, and the numbers of each in a summary of the demo. */
export const SERIES = ['requests', 'errors', 'ws_requests', 'redis_message', 'subscription_error'] as const;

export interface SeriesCounts {
  readonly series: string;
  readonly recorded: number;
  readonly delivered: number;
}

/** Reads the table of a summary. */
export function readSummary(stdout: string): SeriesCounts[] {
  const [, summary = ''] = stdout.split(' s of traffic; ');
  return SERIES.map((series) => {
    const [, recorded = '', delivered = ''] = new RegExp(`^${series} +([\\d,]+) +([\\d,]+) `, 'm').exec(summary) ?? [];
    return { series, recorded: count(recorded), delivered: count(delivered) };
  });
}

/** The numbers of the line that says whether all points are accounted for. */
export function readBalance(stdout: string): Readonly<Record<string, number>> {
  const line = /^delivery +recorded .*$/m.exec(stdout)?.[0] ?? '';
  return Object.fromEntries(
    Array.from(line.matchAll(/([a-z-]+) ([\d,]+)/g), ([, name = '', digits = '']) => [name, count(digits)]),
  );
}

function count(digits: string): number {
  return digits === '' ? Number.NaN : Number(digits.replaceAll(',', ''));
}
