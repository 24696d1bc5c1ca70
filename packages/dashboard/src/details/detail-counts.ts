import { readTextField, type ScannedLine } from '@influx-monitoring/core/internal';
import { heatCountsOf } from '../aggregate/heat.ts';
import type { LineMeaning } from '../aggregate/line-meaning.ts';
import { measureOf } from '../aggregate/measure.ts';
import { createHistogram, readPercentiles } from '../aggregate/percentiles.ts';
import { SecondSeries } from '../aggregate/second-series.ts';
import { SparseCounts } from '../aggregate/sparse-counts.ts';
import type { Measure } from '../aggregate/window-table.ts';
import type { Detail, DetailEvent, DetailSubject } from '../wire/detail.ts';
import { HEAT_SPANS, type Span } from '../wire/messages.ts';
import { LastEvents, SlowestEvents } from './event-lists.ts';

/** Durations of failed requests that are remembered until the point of the failure comes, which follows at once. */
const MAX_REMEMBERED = 1000;

const NANOSECONDS_PER_MS = 1e6;
const MS_PER_SECOND = 1000;

/** Subjects whose rows stand for requests, so that their failures stand in another series. */
const OF_REQUESTS: ReadonlySet<DetailSubject> = new Set(['routes', 'failed']);

/** Counts the points of one subject: its part of each second, and its events. */
export class DetailCounts {
  readonly #subject: DetailSubject;
  readonly #key: string;
  readonly #seconds = new SecondSeries();
  readonly #durations = new SparseCounts();
  readonly #last = new LastEvents();
  readonly #slowest = new SlowestEvents();
  readonly #failedDurations = new Map<string, number>();
  #count = 0;
  #failedCount = 0;

  constructor(subject: DetailSubject, key: string) {
    this.#subject = subject;
    this.#key = key;
  }

  /** Takes a line in the span that is asked for. */
  add(meaning: LineMeaning, text: string, line: ScannedLine): void {
    const { table } = meaning;
    if (table === 'routes' && meaning.isFailed) this.#remember(meaning, text, line);
    if (table === 'errorCodes') this.#addFailure(meaning, text, line);
    else if (this.#isOfSubject(meaning)) this.#addCounted(meaning, text, line);
  }

  read(span: Span): Detail {
    const histogram = createHistogram();
    this.#durations.forEach((durationUs, count) => {
      histogram.recordValueWithCount(durationUs, count);
    });
    const seconds = this.#seconds.between(span.from, span.to).map((second) => this.#seconds.rowOf(second));
    return {
      ...span,
      subject: this.#subject,
      key: this.#key,
      count: this.#count,
      failedCount: this.#failedCount,
      durations: readPercentiles(histogram),
      seconds: seconds.filter((row) => row !== undefined),
      histogram: this.#durations.isEmpty ? Array.from({ length: HEAT_SPANS }, () => 0) : heatCountsOf(this.#durations),
      last: this.#last.read(),
      slowest: this.#slowest.read(),
    };
  }

  #isOfSubject(meaning: LineMeaning): boolean {
    if (this.#subject === 'failed') return meaning.table === 'routes' && meaning.isFailed;
    return meaning.table === this.#subject && meaning.key === this.#key;
  }

  #addCounted(meaning: LineMeaning, text: string, line: ScannedLine): void {
    const measure = measureOf(meaning, text, line);
    this.#count += measure.weight;
    if (measure.isFailed) this.#failedCount += measure.weight;
    this.#countSecond(meaning, line.second, measure);
    const { durationUs } = measure;
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
    if (this.#subject !== 'errorCodes') return;
    this.#count += 1;
    this.#failedCount += 1;
    this.#countSecond(meaning, line.second, { weight: 1, isFailed: true, durationUs });
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

  #countSecond(meaning: LineMeaning, second: number, { weight, isFailed, durationUs }: Measure): void {
    this.#seconds.count(second, 'requests', weight);
    if (isFailed) this.#seconds.count(second, 'failedRequests', weight);
    if (meaning.statusCount !== undefined) this.#seconds.count(second, meaning.statusCount, weight);
    if (durationUs === undefined) return;
    this.#seconds.measure(second, 'executionTime', durationUs, weight);
    this.#durations.add(durationUs, Math.max(1, Math.round(weight)));
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
