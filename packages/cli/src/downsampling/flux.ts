import { fluxText } from '../database/influx2-place.ts';
import { DOWNSAMPLED_SERIES, INTERVAL, LATENESS, type Downsampled } from './series.ts';

/** Names in a script of Flux. */
export interface FluxNames {
  readonly bucket: string;
  readonly organization: string;
  /** The bucket of the windows. */
  readonly target: string;
}

/**
 * The script of the task, which does what the continuous queries of 1.x do: windows by their begin, late points included.
 *
 * Begin and end are whole windows whenever it runs: "Run task" would otherwise write a part of a window as a whole one.
 */
export function taskFlux(name: string, names: FluxNames): string {
  return [
    'import "date"',
    '',
    `option task = {name: ${fluxText(name)}, every: ${INTERVAL}, offset: 30s}`,
    '',
    `start = date.truncate(t: -${LATENESS}, unit: ${INTERVAL})`,
    `stop = date.truncate(t: now(), unit: ${INTERVAL})`,
    '',
    streams(names),
  ].join('\n');
}

/** The script that computes the windows of a time again, given in milliseconds since the epoch. */
export function backfillFlux(startMs: number, stopMs: number, names: FluxNames): string {
  return [`start = ${timeOf(startMs)}`, `stop = ${timeOf(stopMs)}`, '', streams(names)].join('\n');
}

/** A time of Flux, of milliseconds since the epoch. */
export function timeOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function streams({ bucket, organization, target }: FluxNames): string {
  const all = DOWNSAMPLED_SERIES.flatMap(({ series, fields }) =>
    fields.map((field) =>
      [
        `from(bucket: ${fluxText(bucket)})`,
        '  |> range(start: start, stop: stop)',
        `  |> filter(fn: (r) => r._measurement == ${fluxText(series)} and r._field == ${fluxText(field.source)})`,
        `  |> aggregateWindow(every: ${INTERVAL}, fn: ${aggregateOf(field)}, createEmpty: false, timeSrc: "_start")`,
        `  |> set(key: "_field", value: ${fluxText(field.target)})`,
        `  |> to(bucket: ${fluxText(target)}, org: ${fluxText(organization)})`,
      ].join('\n'),
    ),
  );
  return all.join('\n\n');
}

function aggregateOf({ aggregate }: Downsampled): string {
  return aggregate === 'percentile 99'
    ? '(column, tables=<-) => tables |> quantile(q: 0.99, column: column)'
    : aggregate;
}
