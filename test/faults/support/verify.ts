import type { LunaRequestInfluxMonitoring, MonitoringStats } from '@influx-monitoring/core';
import type { Influx1Server, StrictInflux } from '@influx-monitoring/test-servers';

/** What a database holds of a load. */
export interface Holding {
  /** How many points there are. */
  readonly count: number;
  /** The numbers of the load's points, one for each point. */
  readonly numbers: readonly number[];
  /** Points that were written over by others. */
  readonly overwrittenCount: number;
}

export function holdingOfStrict({ store }: StrictInflux): Holding {
  const points = store.points('requests');
  return {
    count: points.length,
    numbers: points.map(({ fields }) => Number(fields.get('request_id')?.value)),
    overwrittenCount: store.overwrittenCount,
  };
}

export async function holdingOfInflux1(server: Influx1Server, database: string): Promise<Holding> {
  const rows = await server.query(database, 'SELECT request_id FROM requests');
  return {
    count: await server.count(database, 'requests'),
    numbers: rows.map((row) => Number(row['request_id'])),
    // Who was written over is missing among the numbers.
    overwrittenCount: 0,
  };
}

/** @throws where a point is not accounted for */
export function verifyBalance(stats: MonitoringStats): void {
  const { recorded, adopted, folded, delivered, pending, dropped, deadLettered } = stats;
  if (recorded + adopted === folded + delivered + pending + dropped + deadLettered) return;
  throw new Error(`the balance does not hold: ${JSON.stringify(stats)}`);
}

/** What an application recorded against what the database holds: each once, none lost. @throws where it is not so */
export function verifyNothingLost(
  monitoring: LunaRequestInfluxMonitoring,
  recordedCount: number,
  { count, numbers, overwrittenCount }: Holding,
): void {
  const stats = monitoring.stats();
  verifyBalance(stats);
  const distinct = new Set(numbers);
  const isWhole =
    stats.recorded === recordedCount &&
    stats.delivered === recordedCount &&
    stats.dropped === 0 &&
    stats.deadLettered === 0 &&
    count === recordedCount &&
    numbers.length === recordedCount &&
    distinct.size === recordedCount &&
    overwrittenCount === 0;
  if (isWhole) return;
  const found = { count, numbers: numbers.length, distinct: distinct.size, overwrittenCount };
  throw new Error(`recorded ${String(recordedCount)}, found ${JSON.stringify(found)}: ${JSON.stringify(stats)}`);
}
