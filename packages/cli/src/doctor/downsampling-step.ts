import { backfillArguments, timeText } from '../backfill/windows.ts';
import { COMMAND } from '../command-name.ts';
import { CommandError } from '../command-error.ts';
import { refusalOf } from '../database/influx2-client.ts';
import { Influx3Questions } from '../database/influx3-questions.ts';
import { openDownsamplingStore } from '../downsampling/open-store.ts';
import { DOWNSAMPLED_SERIES, INTERVAL_MS, LATENESS_MS, type DownsampledSeries } from '../downsampling/series.ts';
import type { DownsamplingStore, TimeRange } from '../downsampling/store.ts';
import type { DatabaseContext } from './context.ts';
import { ok, skip, warn, type Finding } from './finding.ts';

const DAY_MS = 86_400_000;

/** Windows of a series that hold another count than the points do. */
interface Difference extends TimeRange {
  readonly series: string;
  readonly count: number;
  readonly stored: number;
  readonly downsampled: number;
}

/** Compares the counts of the last day with those of its windows: InfluxDB computes none that it missed. */
export async function compareWindows(context: DatabaseContext): Promise<Finding> {
  if (context.isVictoriaMetrics) return ok('VictoriaMetrics is not downsampled by setup');
  if (context.questions instanceof Influx3Questions) return ok('InfluxDB 3 is not downsampled by setup');
  const store = openDownsamplingStore(context.settings);
  try {
    const state = await context.ask((signal) => store.look(signal));
    if (state === undefined) return ok('nothing is downsampled, as far as these credentials see');
    const nowMs = Date.now();
    const keptMs = state.retentionSeconds === 0 ? DAY_MS : Math.min(DAY_MS, state.retentionSeconds * 1000);
    const range = {
      startMs: Math.ceil((nowMs - keptMs) / INTERVAL_MS) * INTERVAL_MS,
      // Of later windows some are computed once more, for points that come late.
      stopMs: Math.floor((nowMs - LATENESS_MS) / INTERVAL_MS) * INTERVAL_MS,
    };
    const differences: Difference[] = [];
    for (const series of DOWNSAMPLED_SERIES) {
      const difference = await differenceOf(context, store, series, range);
      if (difference !== undefined) differences.push(difference);
    }
    return findingOf(differences);
  } catch (error) {
    const { status, reason } = refusalOf(error);
    if (status === 0 && !(error instanceof CommandError)) throw error;
    return skip(`not compared: these credentials may not read (${reason})`);
  }
}

async function differenceOf(
  context: DatabaseContext,
  store: DownsamplingStore,
  series: DownsampledSeries,
  range: TimeRange,
): Promise<Difference | undefined> {
  const stored = await context.ask((signal) => store.counts('points', series, range, signal));
  const downsampled = await context.ask((signal) => store.counts('windows', series, range, signal));
  // Windows whose points are gone, as a series that was deleted, say nothing.
  const begins = [...stored.keys()].filter((begin) => stored.get(begin) !== (downsampled.get(begin) ?? 0));
  if (begins.length === 0) return undefined;
  const sumOf = (counts: ReadonlyMap<number, number>): number =>
    begins.reduce((sum, begin) => sum + (counts.get(begin) ?? 0), 0);
  return {
    series: series.series,
    count: begins.length,
    startMs: Math.min(...begins),
    stopMs: Math.max(...begins) + INTERVAL_MS,
    stored: sumOf(stored),
    downsampled: sumOf(downsampled),
  };
}

function findingOf(differences: readonly Difference[]): Finding {
  if (differences.length === 0) return ok('the counts of the last day are those of the points');
  const startMs = Math.min(...differences.map((difference) => difference.startMs));
  const stopMs = Math.max(...differences.map((difference) => difference.stopMs));
  return warn(
    `windows of the last day differ from the points. ${differences.map(textOf).join('; ')}`,
    `\`${COMMAND} ${backfillArguments({ startMs, stopMs })}\` computes them again.`,
  );
}

function textOf({ series, count, startMs, stopMs, stored, downsampled }: Difference): string {
  const windows = `${String(count)} window${count === 1 ? '' : 's'}`;
  const times = `from ${timeText(startMs)} to ${timeText(stopMs)}`;
  return `${series}: ${windows} ${times}, ${String(stored)} events stored, ${String(downsampled)} downsampled`;
}
