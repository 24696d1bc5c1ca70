import { isExactly } from '../lines/standard-lines.ts';
import type { BaseMonitoringPoint, Fields } from '../points/base-point.ts';
import { RequestMonitoringPoint } from '../points/request-points.ts';
import { WSRequestPoint } from '../points/sender-points.ts';
import { runOutsideContext } from '../process/outside-context.ts';
import { SUMMARY_SUFFIX } from './folded-series.ts';
import { FoldedTags } from './folded-tags.ts';
import type { ResolvedAggregateOptions } from './folding-options.ts';

const MILLISECONDS_PER_SECOND = 1000;

/** A set of tags that had no event for so many periods is forgotten. */
const MAX_SILENT_PERIODS = 3;

/** A period ends for so long in one turn of the event loop, in milliseconds. */
const SLICE_MS = 2;

/** The durations of the series of this library, by their fields; the slowest event is found by the first. */
const DURATIONS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  requests: ['execution_time', 'time_to_first_byte'],
  ws_requests: ['transport_time'],
  redis_message: ['queue_time'],
});

/** What folding works with. */
export interface FoldingParts {
  /** Series and tags of a point, as they stand in its line up to the first space that no backslash precedes. */
  readonly headOf: (point: BaseMonitoringPoint) => string;
  /** Bytes of memory that open periods may take; when they do, periods end early. */
  readonly maxBytes: number;
  /** Records a period's point: its line without the time, and when its period began, in seconds since the epoch. */
  readonly recordSummary: (line: string, series: string, periodStart: number) => void;
}

/** What became of a point that was to be folded. */
export type FoldResult = 'not-folded' | 'folded' | 'folded-and-slow';

/**
 * Folds the events of a period into one point for each set of tags.
 *
 * A period ends at the multiples of its length, at `endPeriod()` and `endBySlices()`, and when the open ones take all the
 * memory they may: of one period there may be several points then, whose counts and sums add up.
 */
export class Folding {
  readonly #options: ResolvedAggregateOptions;
  readonly #parts: FoldingParts;
  readonly #series: ReadonlySet<string>;
  readonly #tags = new Map<string, FoldedTags>();
  #openEventCount = 0;
  #byteLength = 0;
  #periodStart = NaN;
  #timer: NodeJS.Timeout | undefined;
  #nextSlice: NodeJS.Immediate | undefined;

  constructor(options: ResolvedAggregateOptions, parts: FoldingParts) {
    this.#options = options;
    this.#parts = parts;
    this.#series = new Set(options.series);
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
    const durations = this.#durationsOf(point);
    if (durations === undefined) return 'not-folded';
    if (this.#timer === undefined) this.#open();
    const tags = this.#tagsOf(point);
    const seconds = this.#addEvent(tags, point, durations);
    this.#openEventCount += 1;
    if (this.#byteLength > this.#parts.maxBytes) this.#endEarly();
    return seconds >= this.#options.slowSeconds ? 'folded-and-slow' : 'folded';
  }

  /** Ends the open periods now: their points are recorded. */
  endPeriod(): void {
    this.#stopTimers();
    for (const [head, tags] of this.#tags) this.#endOrForget(head, tags);
    // Sets without an event go by and by, though no event opens a period.
    if (this.#tags.size > 0) this.#open();
  }

  /**
   * Ends the open periods, a slice of time in each turn of the event loop. It resolves when all that was open when it was
   * called is recorded.
   */
  async endBySlices(): Promise<void> {
    let untilMs = performance.now() + SLICE_MS;
    for (const [head, tags] of Array.from(this.#tags)) {
      if (tags.count > 0) this.#end(head, tags);
      if (performance.now() < untilMs) continue;
      await new Promise((resolve) => setImmediate(resolve));
      untilMs = performance.now() + SLICE_MS;
    }
  }

  /** Forgets all that is open; nothing is recorded. */
  close(): void {
    this.#stopTimers();
    this.#tags.clear();
  }

  #stopTimers(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#nextSlice);
    this.#timer = undefined;
    this.#nextSlice = undefined;
  }

  /** Ends and forgets the sets that are known the longest, for a slice of time: more than what came can take. */
  #endEarly(): void {
    const untilMs = performance.now() + SLICE_MS;
    for (const [head, tags] of this.#tags) {
      this.#end(head, tags);
      this.#byteLength -= tags.byteLength;
      this.#tags.delete(head);
      if (performance.now() >= untilMs) return;
    }
  }

  /** Ends what is of earlier periods, a slice of time in each turn of the event loop: 10,000 sets take a tenth of a second. */
  #endEarlier(sets: Iterator<readonly [string, FoldedTags]>): void {
    const untilMs = performance.now() + SLICE_MS;
    for (let next = sets.next(); next.done !== true; next = sets.next()) {
      const [head, tags] = next.value;
      if (tags.periodStart !== this.#periodStart) this.#endOrForget(head, tags);
      if (performance.now() < untilMs) continue;
      this.#nextSlice = setImmediate(() => {
        this.#endEarlier(sets);
      }).unref();
      return;
    }
  }

  /** Ends the period of a set of tags: it is of the open one then. */
  #end(head: string, tags: FoldedTags): void {
    const { count, periodStart } = tags;
    if (count > 0) {
      this.#openEventCount -= count;
      this.#parts.recordSummary(tags.summary(), seriesOf(head), periodStart);
    }
    tags.begin(this.#periodStart);
  }

  #endOrForget(head: string, tags: FoldedTags): void {
    this.#end(head, tags);
    if (tags.silentPeriods < MAX_SILENT_PERIODS) return;
    this.#byteLength -= tags.byteLength;
    this.#tags.delete(head);
  }

  #durationsOf(point: BaseMonitoringPoint): readonly string[] | undefined {
    const { series } = point;
    if (this.#series.has(series)) return DURATIONS[series];
    if (Object.hasOwn(DURATIONS, series)) return undefined;
    const own: unknown = Reflect.get(point, 'foldedDurations');
    return Array.isArray(own) ? own.filter((name): name is string => typeof name === 'string') : undefined;
  }

  /** @returns the first duration of the event, in seconds; -1 where it has none */
  #addEvent(tags: FoldedTags, point: BaseMonitoringPoint, durations: readonly string[]): number {
    tags.addEvent();
    // Points of the classes themselves without fields of the user's: no object of fields is made for them.
    if (isExactly(point, RequestMonitoringPoint) && point.additionalFields === undefined) {
      return this.#addFirst(tags, durations, point.executionTime, point.requestId);
    }
    if (isExactly(point, WSRequestPoint) && point.additionalFields === undefined) {
      return this.#addFirst(tags, durations, point.transportTime, point.requestId);
    }
    // `addPoint` holds them to fields; of anything else only numbers count.
    return this.#addFields(tags, point.fields as Fields, durations);
  }

  #addFirst(tags: FoldedTags, [name = '']: readonly string[], seconds: unknown, requestId = 'none'): number {
    this.#byteLength += tags.addDuration(0, name, seconds, requestId);
    return typeof seconds === 'number' ? seconds : -1;
  }

  #addFields(tags: FoldedTags, fields: Fields, durations: readonly string[]): number {
    const requestId = fields['request_id'];
    const id = typeof requestId === 'string' ? requestId : 'none';
    for (const [place, name] of durations.entries()) {
      this.#byteLength += tags.addDuration(place, name, fields[name], id);
    }
    const first = fields[durations[0] ?? ''];
    return typeof first === 'number' ? first : -1;
  }

  #tagsOf(point: BaseMonitoringPoint): FoldedTags {
    const head = this.#parts.headOf(point);
    const known = this.#tags.get(head);
    if (known !== undefined) {
      // Its turn to be ended has not come yet.
      if (known.periodStart !== this.#periodStart) this.#end(head, known);
      return known;
    }
    const tags = new FoldedTags(summaryHead(head), this.#options.buckets, this.#periodStart);
    this.#tags.set(head, tags);
    this.#byteLength += tags.byteLength;
    return tags;
  }

  readonly #onDue = (): void => {
    this.#stopTimers();
    this.#open();
    this.#endEarlier(this.#tags.entries());
    if (this.#tags.size === 0) this.#stopTimers();
  };

  #open(): void {
    const periodMs = this.#options.periodSeconds * MILLISECONDS_PER_SECOND;
    const nowMs = Date.now();
    const startMs = Math.floor(nowMs / periodMs) * periodMs;
    this.#periodStart = startMs / MILLISECONDS_PER_SECOND;
    this.#timer = runOutsideContext(() => setTimeout(this.#onDue, startMs + periodMs - nowMs).unref());
  }
}

/** `requests,service=shop` of a summary is `requests_summary,service=shop`. */
function summaryHead(head: string): string {
  const seriesEnd = endOf(head, ',');
  return `${head.slice(0, seriesEnd)}${SUMMARY_SUFFIX}${head.slice(seriesEnd, endOf(head, ' '))}`;
}

function seriesOf(head: string): string {
  return head.slice(0, endOf(head, ',')) + SUMMARY_SUFFIX;
}

/** Where a head comes to a character, or to a space, that no backslash precedes. */
function endOf(head: string, character: string): number {
  for (let index = 0; index < head.length; index += 1) {
    const each = head[index];
    if (each === '\\') index += 1;
    else if (each === character || each === ' ') return index;
  }
  return head.length;
}
