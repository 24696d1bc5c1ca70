import type { BaseMonitoringPoint, Fields } from '../points/base-point.ts';
import { FoldedTags } from './folded-tags.ts';
import type { ResolvedAggregateOptions } from './folding-options.ts';

const MILLISECONDS_PER_SECOND = 1000;

/** A set of tags that had no event for so many periods is forgotten. */
const MAX_SILENT_PERIODS = 3;

/** The durations of the series of this library, by their fields; the slowest event is found by the first. */
const DURATIONS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  requests: ['execution_time', 'time_to_first_byte'],
  ws_requests: ['transport_time'],
  redis_message: ['queue_time'],
});

/** What folding works with. */
export interface FoldingParts {
  /** Series and tags of a point, as they stand in its line. */
  readonly headOf: (point: BaseMonitoringPoint) => string;
  /** Bytes of memory that open periods may take; when they do, the period ends early. */
  readonly maxBytes: number;
  /** Records a period's point: its line without the time, and when its period began, in seconds since the epoch. */
  readonly recordSummary: (line: string, series: string, periodStart: number) => void;
}

/** What became of a point that was to be folded. */
export type FoldResult = 'not-folded' | 'folded' | 'folded-and-slow';

/**
 * Folds the events of a period into one point for each set of tags.
 *
 * A period ends at the multiples of its length, at `endPeriod()`, and when the open ones take all the memory they may: of
 * one period there may be several points then, whose counts and sums add up.
 */
export class Folding {
  readonly #options: ResolvedAggregateOptions;
  readonly #parts: FoldingParts;
  readonly #tags = new Map<string, FoldedTags>();
  #openEventCount = 0;
  #byteLength = 0;
  #periodStart = NaN;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ResolvedAggregateOptions, parts: FoldingParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Events of the open periods: what a crash would lose. */
  get openEventCount(): number {
    return this.#openEventCount;
  }

  /** Bytes of memory that open periods take, about. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Takes an event, if its series is folded. It may throw what a point of the user's own class throws. */
  fold(point: BaseMonitoringPoint): FoldResult {
    const { series } = point;
    const durations = this.#durationsOf(point, series);
    if (durations === undefined) return 'not-folded';
    const { fields } = point;
    this.#open();
    const tags = this.#tagsOf(point);
    const before = tags.count === 0 ? tags.byteLength : -1;
    const slowest = addEvent(tags, fields, durations);
    this.#openEventCount += 1;
    // Windows of counts are made at a period's first event, and seldom grow after it.
    if (before !== -1) this.#byteLength += tags.byteLength - before;
    if (this.#byteLength > this.#parts.maxBytes) this.#endEarly();
    return slowest >= this.#options.slowSeconds ? 'folded-and-slow' : 'folded';
  }

  /** Ends the open period now: its points are recorded. */
  endPeriod(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const periodStart = this.#periodStart;
    this.#periodStart = NaN;
    this.#openEventCount = 0;
    this.#byteLength = 0;
    for (const [head, tags] of this.#tags) {
      if (tags.count > 0) this.#parts.recordSummary(tags.summary(), seriesOf(head), periodStart);
      tags.clear();
      if (tags.silentPeriods >= MAX_SILENT_PERIODS) this.#tags.delete(head);
      else this.#byteLength += tags.byteLength;
    }
    // Sets without an event go by and by, though no event opens a period.
    if (this.#tags.size > 0) this.#open();
  }

  /** Forgets all that is open; nothing is recorded. */
  close(): void {
    clearTimeout(this.#timer);
    this.#tags.clear();
  }

  #endEarly(): void {
    this.endPeriod();
    this.#tags.clear();
    this.#byteLength = 0;
  }

  #durationsOf(point: BaseMonitoringPoint, series: string): readonly string[] | undefined {
    const own: unknown = Object.hasOwn(DURATIONS, series) ? undefined : Reflect.get(point, 'foldedDurations');
    if (Array.isArray(own)) return own.filter((name): name is string => typeof name === 'string');
    return (this.#options.series as readonly string[]).includes(series) ? DURATIONS[series] : undefined;
  }

  #tagsOf(point: BaseMonitoringPoint): FoldedTags {
    const head = this.#parts.headOf(point);
    const known = this.#tags.get(head);
    if (known !== undefined) return known;
    const tags = new FoldedTags(summaryHead(head), this.#options.buckets);
    this.#tags.set(head, tags);
    this.#byteLength += tags.byteLength;
    return tags;
  }

  #open(): void {
    if (this.#timer !== undefined) return;
    const periodMs = this.#options.periodSeconds * MILLISECONDS_PER_SECOND;
    const nowMs = Date.now();
    const startMs = Math.floor(nowMs / periodMs) * periodMs;
    this.#periodStart = startMs / MILLISECONDS_PER_SECOND;
    this.#timer = setTimeout(
      () => {
        this.endPeriod();
      },
      startMs + periodMs - nowMs,
    ).unref();
  }
}

/** @returns the first duration of the event, in seconds; -1 where it has none */
function addEvent(tags: FoldedTags, fields: Fields, durations: readonly string[]): number {
  const requestId = fields['request_id'];
  const id = typeof requestId === 'string' ? requestId : 'none';
  tags.addEvent();
  for (let place = 0; place < durations.length; place += 1) {
    // The place is below the length.
    const name = durations[place] as string;
    tags.addDuration(place, name, fields[name], id);
  }
  const first = fields[durations[0] ?? ''];
  return typeof first === 'number' ? first : -1;
}

/** `requests,service=shop` of a summary is `requests_summary,service=shop`; a series may hold commas behind backslashes. */
function summaryHead(head: string): string {
  const end = seriesEnd(head);
  return `${head.slice(0, end)}_summary${head.slice(end)}`;
}

function seriesOf(head: string): string {
  return `${head.slice(0, seriesEnd(head))}_summary`;
}

function seriesEnd(head: string): number {
  for (let index = 0; index < head.length; index += 1) {
    if (head[index] === '\\') index += 1;
    else if (head[index] === ',') return index;
  }
  return head.length;
}
