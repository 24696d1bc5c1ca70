import type { Influx1Settings } from '@influx-monitoring/core';
import { DOCTOR_SERIES } from '../../database/doctor-series.ts';
import { quoted } from '../../database/influx1-questions.ts';
import { continuousQueryName } from '../../downsampling/influxql.ts';
import { DOWNSAMPLED_POLICY, DOWNSAMPLED_SERIES } from '../../downsampling/series.ts';
import { foreignSeries, keptFor } from '../own-series.ts';
import { settled, type PlanItem } from '../plan.ts';
import { Influx1Database } from '../../database/influx1-database.ts';

/** Plans to take away what setup and doctor made; a database that holds series of others stays. */
export async function planInflux1Removal(settings: Influx1Settings, signal: AbortSignal): Promise<PlanItem[]> {
  const database = new Influx1Database(settings);
  const place = `database "${database.name}"`;
  if (!(await database.isThere(signal))) return [settled(`no ${place}`)];
  const on = `ON ${quoted(database.name)}`;
  const queries = await database.continuousQueries(signal);
  const items = DOWNSAMPLED_SERIES.map(continuousQueryName)
    .filter((name) => queries.has(name))
    .map((name) => removal(database, `continuous query "${name}"`, `DROP CONTINUOUS QUERY ${quoted(name)} ${on}`));
  const measurements = (await database.rows('SHOW MEASUREMENTS', signal)).map(([name]) => String(name));
  const foreign = foreignSeries(measurements);
  if (foreign.length === 0) {
    const statement = `DROP DATABASE ${quoted(database.name)}`;
    return [...items, removal(database, place, statement, 'all points in it are deleted, downsampled ones too')];
  }
  if ((await database.policies(signal)).some(({ name }) => name === DOWNSAMPLED_POLICY)) {
    const statement = `DROP RETENTION POLICY ${quoted(DOWNSAMPLED_POLICY)} ${on}`;
    const caution = 'the downsampled points are deleted';
    items.push(removal(database, `retention policy "${DOWNSAMPLED_POLICY}"`, statement, caution));
  }
  if (measurements.includes(DOCTOR_SERIES)) {
    items.push(removal(database, `series "${DOCTOR_SERIES}"`, `DROP MEASUREMENT ${quoted(DOCTOR_SERIES)}`));
  }
  return [...items, settled(place, keptFor(foreign))];
}

function removal(database: Influx1Database, description: string, statement: string, caution?: string): PlanItem {
  return { action: 'remove', description, caution, apply: (signal) => database.run(statement, signal) };
}
