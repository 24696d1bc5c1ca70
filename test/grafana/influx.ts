import { backfillFlux } from '../../packages/cli/src/downsampling/flux.ts';
import { during, selectInto } from '../../packages/cli/src/downsampling/influxql.ts';
import {
  DOWNSAMPLED_POLICY,
  DOWNSAMPLED_SERIES,
  downsampledBucket,
} from '../../packages/cli/src/downsampling/series.ts';
import { programOfEnvironment, startProgram } from '../real/programs.ts';
import type { RealInflux } from '../real/servers/real-influx.ts';
import { ORGANIZATION } from '../real/servers/real-influx2.ts';

/** That which the choices of the dashboards name for InfluxDB 2.x. */
export const DATABASE = 'luna_monitoring';

const HOUR_MS = 3_600_000;
const WINDOW_MS = 300_000;

const PROGRAM = programOfEnvironment();

/** The version of the server that is asked. */
export const { version: VERSION } = PROGRAM;

/** Starts the server, which is empty. */
export function startInflux(): Promise<RealInflux> {
  return startProgram(PROGRAM);
}

/** Computes by the scripts of `setup` and `backfill` what they would keep of the last hour, the open window included. */
export async function downsample(influx: RealInflux): Promise<void> {
  const startMs = windowOf(Date.now() - HOUR_MS);
  const stopMs = windowOf(Date.now()) + WINDOW_MS;
  const target = downsampledBucket(DATABASE);
  if (VERSION === 2) {
    await influx.createDatabase(target);
    const query = backfillFlux(startMs, stopMs, { bucket: DATABASE, organization: ORGANIZATION, target });
    await influx.ask('POST', `/api/v2/query?org=${ORGANIZATION}`, { query, type: 'flux' });
    return;
  }
  const policy = `CREATE RETENTION POLICY "${DOWNSAMPLED_POLICY}" ON "${DATABASE}" DURATION INF REPLICATION 1`;
  await influx.query(DATABASE, policy);
  for (const series of DOWNSAMPLED_SERIES) {
    const source = { database: DATABASE, policy: 'autogen' };
    await influx.query(DATABASE, selectInto(source, series, during(startMs, stopMs)));
  }
}

function windowOf(timeMs: number): number {
  return Math.floor(timeMs / WINDOW_MS) * WINDOW_MS;
}
