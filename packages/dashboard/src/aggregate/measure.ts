import { readNumberField, type ScannedLine } from '@influx-monitoring/core/internal';
import type { LineMeaning } from './line-meaning.ts';
import { MAX_DURATION_US } from './sparse-counts.ts';
import type { Measure } from './window-table.ts';

const MICROSECONDS = 1e6;

/** Reads what a line is counted as. */
export function measureOf(meaning: LineMeaning, text: string, line: ScannedLine): Measure {
  const seconds = meaning.durationField === undefined ? undefined : readNumberField(text, line, meaning.durationField);
  return {
    weight: weightOf(meaning, text, line),
    isFailed: meaning.isFailed,
    durationUs: seconds === undefined ? undefined : microsecondsOf(seconds),
  };
}

/** A duration as it is counted. */
export function microsecondsOf(seconds: number): number {
  return Math.min(Math.max(Math.round(seconds * MICROSECONDS), 0), MAX_DURATION_US);
}

function weightOf(meaning: LineMeaning, text: string, line: ScannedLine): number {
  if (meaning.countField !== undefined) return readNumberField(text, line, meaning.countField) ?? 1;
  if (meaning.sampleRateField === undefined) return 1;
  const rate = readNumberField(text, line, meaning.sampleRateField);
  return rate === undefined || rate <= 0 || rate > 1 ? 1 : 1 / rate;
}
