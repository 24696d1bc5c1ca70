import type { Influx2Settings } from '@influx-monitoring/core';
import { CommandError } from '../command-error.ts';
import { connectInflux2, refusalOf, type Influx2Client } from '../database/influx2-client.ts';
import { findBucket, findOrganization, fluxText } from '../database/influx2-place.ts';
import { backfillFlux, timeOf } from './flux.ts';
import { downsampledBucket, INTERVAL } from './series.ts';
import type { DownsamplingState, DownsamplingStore } from './store.ts';

interface Found extends DownsamplingState {
  readonly bucket: string;
  readonly target: string;
  /** By its id where its name may not be read. */
  readonly organization: string;
}

/** Points of a bucket, windows of the bucket beside it. */
export function createInflux2Store(settings: Influx2Settings): DownsamplingStore {
  const client = connectInflux2(settings);
  let found: Promise<Found | undefined> | undefined;
  const find = async (signal: AbortSignal): Promise<Found> => {
    const place = await (found ??= client.then((connected) => locate(connected, settings, signal)));
    if (place === undefined) throw new CommandError(`bucket "${settings.bucket}" is not downsampled`);
    return place;
  };
  return {
    look: async (signal) => {
      found ??= client.then((connected) => locate(connected, settings, signal));
      return await found;
    },
    compute: async (startMs, stopMs, signal) => {
      const place = await find(signal);
      await (await client).run(place.organization, backfillFlux(startMs, stopMs, place), signal);
    },
    counts: async (of, { series, fields: [count] }, { startMs, stopMs }, signal) => {
      const { bucket, organization, target } = await find(signal);
      const [from, field, how] = of === 'windows' ? [target, 'count', 'sum'] : [bucket, count.source, count.aggregate];
      const flux = [
        `from(bucket: ${fluxText(from)})`,
        `  |> range(start: ${timeOf(startMs)}, stop: ${timeOf(stopMs)})`,
        `  |> filter(fn: (r) => r._measurement == ${fluxText(series)} and r._field == ${fluxText(field)})`,
        '  |> group()',
        `  |> aggregateWindow(every: ${INTERVAL}, fn: ${how}, createEmpty: false, timeSrc: "_start")`,
        '  |> keep(columns: ["_time", "_value"])',
      ].join('\n');
      const rows = await (await client).query(organization, flux, signal);
      return new Map(rows.map((row) => [Date.parse(row.get('_time') ?? ''), Number(row.get('_value'))]));
    },
  };
}

async function locate(
  client: Influx2Client,
  settings: Influx2Settings,
  signal: AbortSignal,
): Promise<Found | undefined> {
  try {
    const bucket = await findBucket(client, settings, signal);
    if (bucket === undefined) throw new CommandError(`bucket "${settings.bucket}" is not seen by this token`);
    const { organization } = settings;
    const target = downsampledBucket(bucket.name);
    if ((await findBucket(client, { organization, bucket: target }, signal)) === undefined) return undefined;
    const owner = await findOrganization(client, organization, signal);
    return {
      bucket: bucket.name,
      target,
      organization: owner?.name ?? organization,
      retentionSeconds: bucket.retentionRules[0]?.everySeconds ?? 0,
    };
  } catch (error) {
    const { status, reason } = refusalOf(error);
    if (status === 0) throw error;
    throw new CommandError(`InfluxDB refuses to tell of its buckets: ${reason}`);
  }
}
