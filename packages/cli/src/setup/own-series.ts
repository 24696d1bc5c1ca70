import { DOCTOR_SERIES } from '../database/doctor-series.ts';
import { DOWNSAMPLED_SERIES } from '../downsampling/series.ts';

const OWN_SERIES: ReadonlySet<string> = new Set([
  ...DOWNSAMPLED_SERIES.map(({ series }) => series),
  'monitoring',
  'process',
  'ws_sockets',
  DOCTOR_SERIES,
]);

/** Series that this library does not write by itself: who removes their database would remove them, too. */
export function foreignSeries(names: readonly string[]): string[] {
  return names.filter((name) => !OWN_SERIES.has(name));
}

/** Why a database or bucket stays. */
export function keptFor(foreign: readonly string[]): string {
  const shown = foreign.slice(0, 5).join(', ');
  return `it stays: it holds series that are not of influx-monitoring (${shown}${foreign.length > 5 ? ', …' : ''})`;
}
