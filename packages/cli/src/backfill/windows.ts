import { INTERVAL_MS } from '../downsampling/series.ts';
import type { TimeRange } from '../downsampling/store.ts';

/** How many windows one request computes: an hour of them. */
const WINDOWS_A_REQUEST = 12;

/**
 * The whole windows of a time: from the one that it begins in to the one that it ends in, but for the one that is not
 * over yet, and for those whose points are not all kept any more: what is stored of them is more than could be computed.
 *
 * @param retentionSeconds - 0 for ever
 * @returns `undefined` where there are none
 */
export function wholeWindows(wished: TimeRange, retentionSeconds: number, nowMs: number): TimeRange | undefined {
  const oldestMs = retentionSeconds === 0 ? -Infinity : nowMs - retentionSeconds * 1000;
  const startMs = Math.max(
    Math.floor(wished.startMs / INTERVAL_MS) * INTERVAL_MS,
    oldestMs === -Infinity ? oldestMs : Math.ceil(oldestMs / INTERVAL_MS) * INTERVAL_MS,
  );
  const stopMs = Math.min(
    Math.ceil(wished.stopMs / INTERVAL_MS) * INTERVAL_MS,
    Math.floor(nowMs / INTERVAL_MS) * INTERVAL_MS,
  );
  return startMs < stopMs ? { startMs, stopMs } : undefined;
}

/** Cuts whole windows into requests. */
export function* slicesOf({ startMs, stopMs }: TimeRange): Generator<TimeRange> {
  const lengthMs = WINDOWS_A_REQUEST * INTERVAL_MS;
  for (let at = startMs; at < stopMs; at += lengthMs) yield { startMs: at, stopMs: Math.min(at + lengthMs, stopMs) };
}

/** How many windows that is. */
export function windowCount({ startMs, stopMs }: TimeRange): number {
  return (stopMs - startMs) / INTERVAL_MS;
}

/** A time as the command takes it: `2026-11-27T10:00:00Z`. */
export function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}

/** The command that computes the windows of a time. */
export function backfillArguments({ startMs, stopMs }: TimeRange): string {
  return `backfill --from ${timeText(startMs)} --to ${timeText(stopMs)}`;
}
