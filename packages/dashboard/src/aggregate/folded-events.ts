import { readNumberField, type FoldedSeries, type ScannedLine } from '@influx-monitoring/core/internal';
import type { LineMeaning } from './line-meaning.ts';
import { microsecondsOf } from './measure.ts';

/** The percentiles of a summary, with the share of events at or below each. */
const PERCENTILES = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
] as const;

/** Phases are multiples of this, so that adding one to a count is exact. */
const PHASES = 1024;

/** The golden ratio's part of `PHASES`: its multiples are spread evenly between whole numbers. */
const PHASE_STEP = 633;

/** Events of a summary that count with one duration. */
export interface FoldedBin {
  readonly count: number;
  /** In whole microseconds. */
  readonly durationUs: number | undefined;
}

/** Which time the events of summaries are in. */
export interface FoldedTime extends Pick<FoldedSeries, 'periodSeconds'> {
  /** When the process began, in seconds since the epoch: no event was before. */
  readonly beganAt: number;
}

/**
 * The events that a summary stands for, spread evenly over the whole seconds of its period: its count as it is, in any span
 * whole events, and over all spans together exactly all of them.
 *
 * Between two percentiles an event counts as the upper one: what is read from these durations by rank is not below what
 * the summary says.
 */
export class FoldedEvents {
  readonly from: number;
  readonly to: number;
  readonly bins: readonly FoldedBin[];
  readonly #phase: number;

  constructor(meaning: LineMeaning, text: string, line: ScannedLine, { beganAt, periodSeconds }: FoldedTime) {
    this.to = line.second + Math.ceil(periodSeconds);
    this.from = Math.min(Math.max(line.second, Math.floor(beganAt)), this.to - 1);
    this.bins = binsOf(meaning, text, line);
    this.#phase = Math.floor(meaning.phase * PHASES + (line.second / periodSeconds) * PHASE_STEP);
  }

  /** The longest duration; `undefined` where none was measured. */
  get slowestUs(): number | undefined {
    return this.bins.at(-1)?.durationUs;
  }

  /** How many events of each bin are between two whole seconds; bins without any are passed over. */
  forEachBetween(from: number, to: number, visit: (count: number, durationUs: number | undefined) => void): void {
    for (const [index, bin] of this.bins.entries()) {
      const count = this.#countBefore(index, bin.count, to) - this.#countBefore(index, bin.count, from);
      if (count > 0) visit(count, bin.durationUs);
    }
  }

  /** How many events are between two whole seconds. */
  countBetween(from: number, to: number): number {
    let sum = 0;
    this.forEachBetween(from, to, (count) => (sum += count));
    return sum;
  }

  #countBefore(index: number, count: number, second: number): number {
    const part = Math.min(Math.max((second - this.from) / (this.to - this.from), 0), 1);
    const phase = ((this.#phase + index * PHASE_STEP) % PHASES) / PHASES;
    return Math.floor(count * part + phase);
  }
}

function binsOf({ durationField }: LineMeaning, text: string, line: ScannedLine): FoldedBin[] {
  const count = Math.max(0, Math.round(readNumberField(text, line, 'count') ?? 0));
  const read = (name: string): number | undefined =>
    durationField === undefined ? undefined : readNumberField(text, line, `${durationField}_${name}`);
  const max = read('max');
  if (max === undefined) return count === 0 ? [] : [{ count, durationUs: undefined }];
  const bins: FoldedBin[] = [];
  let seen = 0;
  const addUpTo = (rank: number, seconds: number): void => {
    if (rank <= seen) return;
    bins.push({ count: rank - seen, durationUs: microsecondsOf(seconds) });
    seen = rank;
  };
  // The first and the last are known as they were; of one event both are the same.
  if (count > 1) addUpTo(1, read('min') ?? max);
  for (const [name, share] of PERCENTILES) {
    addUpTo(Math.min(Math.ceil(share * count), count - 1), read(name) ?? max);
  }
  addUpTo(count, max);
  return bins;
}
