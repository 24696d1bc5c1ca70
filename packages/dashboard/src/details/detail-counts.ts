import { readTextField, type FoldedSeries, type ScannedLine } from '@influx-monitoring/core/internal';
import { FoldedEvents, type FoldedTime } from '../aggregate/folded-events.ts';
import { heatCountsOf } from '../aggregate/heat.ts';
import type { LineMeaning } from '../aggregate/line-meaning.ts';
import { measureOf } from '../aggregate/measure.ts';
import { createHistogram, readPercentiles } from '../aggregate/percentiles.ts';
import { SecondSeries } from '../aggregate/second-series.ts';
import { SparseCounts } from '../aggregate/sparse-counts.ts';
import type { Measure } from '../aggregate/window-table.ts';
import type { Detail, DetailEvent, DetailSubject } from '../wire/detail.ts';
import { HEAT_SPANS, type FoldedSpan, type Span } from '../wire/messages.ts';
import { LastEvents, SlowestEvents } from './event-lists.ts';

/** Durations of failed requests that are remembered until the point of the failure comes, which follows at once. */
const MAX_REMEMBERED = 1000;

const NANOSECONDS_PER_MS = 1e6;
const MS_PER_SECOND = 1000;

/** Subjects whose rows stand for requests, so that their failures stand in another series. */
const OF_REQUESTS: ReadonlySet<DetailSubject> = new Set(['routes', 'failed']);

/** In which series the events of a subject are that may be folded. */
const SERIES_OF: Readonly<Partial<Record<DetailSubject, FoldedSeries['series'][number]>>> = {
  routes: 'requests',
  failed: 'requests',
  accounts: 'ws_requests',
  channels: 'redis_message',
};

/** What of the store a drawer shows. */
export interface DetailWish extends Span {
  readonly subject: DetailSubject;
  readonly key: string;
  /** Series whose events are folded. */
  readonly folded?: (FoldedSpan & FoldedTime) | undefined;
}

/** Counts the points of one subject: its part of each second, and its events. */
export class DetailCounts {
  readonly #wish: DetailWish;
  readonly #subject: DetailSubject;
  readonly #key: string;
  readonly #seconds = new SecondSeries();
  readonly #durations = new SparseCounts();
  readonly #last = new LastEvents();
  readonly #slowest = new SlowestEvents();
  readonly #failedDurations = new Map<string, number>();
  #count = 0;
  #failedCount = 0;

  constructor(wish: DetailWish) {
    this.#wish = wish;
    this.#subject = wish.subject;
    this.#key = wish.key;
  }

  /** Takes a line, if it is in the span that is asked for. */
  add(meaning: LineMeaning, text: string, line: ScannedLine): void {
    const { countedAs, table } = meaning;
    if (countedAs === 'summary') {
      if (this.#isOfSubject(meaning)) this.#addSummary(meaning, text, line);
      return;
    }
    if (line.second < this.#wish.from || line.second >= this.#wish.to) return;
    if (table === 'routes' && meaning.isFailed) this.#remember(meaning, text, line);
    if (table === 'errorCodes') this.#addFailure(meaning, text, line);
    else if (this.#isOfSubject(meaning)) this.#addCounted(meaning, text, line);
  }

  read(): Detail {
    const { folded, from, to } = this.#wish;
    const series = SERIES_OF[this.#subject];
    const histogram = createHistogram();
    this.#durations.forEach((durationUs, count) => {
      histogram.recordValueWithCount(durationUs, count);
    });
    const seconds = this.#seconds.between(from, to).map((second) => this.#seconds.rowOf(second));
    return {
      from,
      to,
      subject: this.#subject,
      key: this.#key,
      count: this.#count,
      failedCount: this.#failedCount,
      durations: readPercentiles(histogram),
      seconds: seconds.filter((row) => row !== undefined),
      histogram: this.#durations.isEmpty ? Array.from({ length: HEAT_SPANS }, () => 0) : heatCountsOf(this.#durations),
      last: this.#last.read(),
      slowest: this.#slowest.read(),
      foldedTo: folded !== undefined && series !== undefined && folded.series.includes(series) ? folded.to : null,
    };
  }

  #isOfSubject(meaning: LineMeaning): boolean {
    if (this.#subject === 'failed') return meaning.table === 'routes' && meaning.isFailed;
    return meaning.table === this.#subject && meaning.key === this.#key;
  }

  #addCounted(meaning: LineMeaning, text: string, line: ScannedLine): void {
    const measure = measureOf(meaning, text, line);
    const { durationUs } = measure;
    // One that is in a summary, too, is only listed.
    if (meaning.countedAs === 'event') this.#countEvent(meaning, line.second, measure);
    if (durationUs !== undefined && this.#slowest.wants(durationUs)) {
      this.#slowest.add(eventOf(meaning, text, line, durationUs));
    }
    // What cannot fail shows its last events.
    if (!OF_REQUESTS.has(this.#subject)) this.#last.add(eventOf(meaning, text, line, durationUs ?? null));
  }

  #addFailure(meaning: LineMeaning, text: string, line: ScannedLine): void {
    const isWanted =
      this.#subject === 'failed' ||
      (this.#subject === 'routes' && meaning.route === this.#key) ||
      (this.#subject === 'errorCodes' && meaning.key === this.#key);
    if (!isWanted) return;
    const event = eventOf(meaning, text, line, null);
    const durationUs = this.#failedDurations.get(event.requestId);
    const withDuration = durationUs === undefined ? event : { ...event, durationUs };
    this.#last.add(withDuration);
    this.#slowest.tellCode(event);
    if (this.#subject !== 'errorCodes') return;
    this.#countEvent(meaning, line.second, { weight: 1, isFailed: true, durationUs });
    if (durationUs !== undefined && this.#slowest.wants(durationUs)) this.#slowest.add(withDuration);
  }

  #remember(meaning: LineMeaning, text: string, line: ScannedLine): void {
    const requestId = readTextField(text, line, 'request_id');
    const { durationUs } = measureOf(meaning, text, line);
    if (requestId === undefined || durationUs === undefined) return;
    const [oldest] = this.#failedDurations.keys();
    if (this.#failedDurations.size >= MAX_REMEMBERED && oldest !== undefined) this.#failedDurations.delete(oldest);
    this.#failedDurations.set(requestId, durationUs);
  }

  #countEvent({ statusCount }: LineMeaning, second: number, { weight, isFailed, durationUs }: Measure): void {
    this.#count += weight;
    if (isFailed) this.#failedCount += weight;
    this.#seconds.addEvents(second, { isFailed, secondCount: 'requests', statusCount }, weight);
    if (durationUs === undefined) return;
    this.#seconds.measure(second, 'executionTime', durationUs, weight);
    this.#durations.add(durationUs, Math.max(1, Math.round(weight)));
  }

  #addSummary(meaning: LineMeaning, text: string, line: ScannedLine): void {
    const { folded } = this.#wish;
    if (folded === undefined) return;
    const events = new FoldedEvents(meaning, text, line, folded);
    const from = Math.max(events.from, this.#wish.from);
    const to = Math.min(events.to, this.#wish.to);
    if (from >= to) return;
    const { isFailed, statusCount } = meaning;
    events.forEachBetween(from, to, (count, durationUs) => {
      this.#count += count;
      if (isFailed) this.#failedCount += count;
      if (durationUs !== undefined) this.#durations.add(durationUs, count);
    });
    for (let second = from; second < to; second += 1) {
      const count = events.countBetween(second, second + 1);
      this.#seconds.addEvents(second, { isFailed, secondCount: 'requests', statusCount }, count);
      for (const bin of events.bins) {
        if (bin.durationUs !== undefined) this.#seconds.measure(second, 'executionTime', bin.durationUs, bin.count);
      }
    }
    this.#addSlowest(meaning, text, line, events);
  }

  #addSlowest(meaning: LineMeaning, text: string, line: ScannedLine, { from, slowestUs, to }: FoldedEvents): void {
    if (slowestUs === undefined || !this.#slowest.wants(slowestUs)) return;
    const requestId = readTextField(text, line, 'slowest_request_id') ?? '';
    const event = eventOf(meaning, text, line, slowestUs);
    this.#slowest.addUnlessThere({ ...event, time: from, requestId, periodSeconds: to - from });
  }
}

function eventOf(
  { errorCode, route, status }: LineMeaning,
  text: string,
  line: ScannedLine,
  durationUs: number | null,
): DetailEvent {
  const nanoseconds = Number(text.slice(line.fieldsEnd + 1, line.nextStart - 1));
  return {
    time: Math.round(nanoseconds / NANOSECONDS_PER_MS) / MS_PER_SECOND,
    route,
    status,
    errorCode,
    durationUs,
    requestId: readTextField(text, line, 'request_id') ?? '',
  };
}
