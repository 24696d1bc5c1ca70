import type { Influx1Settings } from '@influx-monitoring/core';
import { CommandError } from '../command-error.ts';
import { Influx1Database, type Policy } from '../database/influx1-database.ts';
import { quoted } from '../database/influx1-questions.ts';
import { during, selectInto } from './influxql.ts';
import { DOWNSAMPLED_POLICY, DOWNSAMPLED_SERIES, INTERVAL, INTERVAL_MS } from './series.ts';
import type { DownsamplingStore } from './store.ts';

/** Points of a default retention policy, windows of the policy beside it. */
export function createInflux1Store(settings: Influx1Settings): DownsamplingStore {
  const database = new Influx1Database(settings);
  const sourcePolicy = async (signal: AbortSignal): Promise<string> =>
    defaultOf(await database.policies(signal))?.name ?? 'autogen';
  return {
    look: async (signal) => {
      if (!(await database.isThere(signal))) throw new CommandError(`database "${database.name}" is not seen`);
      const policies = await database.policies(signal);
      if (!policies.some(({ name }) => name === DOWNSAMPLED_POLICY)) return undefined;
      return { retentionSeconds: defaultOf(policies)?.seconds ?? 0 };
    },
    compute: async (startMs, stopMs, signal) => {
      const source = { database: database.name, policy: await sourcePolicy(signal) };
      const statements = DOWNSAMPLED_SERIES.map((series) => selectInto(source, series, during(startMs, stopMs)));
      await database.run(statements.join('; '), signal);
    },
    counts: async (of, { series, fields: [count] }, { startMs, stopMs }, signal) => {
      const name = of === 'windows' ? DOWNSAMPLED_POLICY : await sourcePolicy(signal);
      const what = of === 'windows' ? 'sum("count")' : `${count.aggregate}(${quoted(count.source)})`;
      const from = `${quoted(database.name)}.${quoted(name)}.${quoted(series)}`;
      const rows = await database.rows(
        `SELECT ${what} FROM ${from} WHERE ${during(startMs, stopMs)} GROUP BY time(${INTERVAL}) fill(none)`,
        signal,
      );
      // Nanoseconds beyond 2^53 are rounded, by far less than a window.
      return new Map(
        rows.map(([time, value]) => [Math.round(Number(time) / 1e6 / INTERVAL_MS) * INTERVAL_MS, Number(value)]),
      );
    },
  };
}

function defaultOf(policies: readonly Policy[]): Policy | undefined {
  return policies.find(({ isDefault }) => isDefault);
}
