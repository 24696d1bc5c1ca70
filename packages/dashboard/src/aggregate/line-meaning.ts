import { decodeLine } from '@influx-monitoring/core';
import { SUMMARY_SUFFIX, type FoldedSeries } from '@influx-monitoring/core/internal';
import type { TableName } from '../wire/messages.ts';
import type { SecondCount, SecondDuration, StatusCount } from './second-series.ts';

/**
 * What a line is counted as: an event; the events of a period; or nothing, where the event is in such a summary too and
 * only lists show its own point.
 */
export type CountedAs = 'event' | 'summary' | 'nothing';

/** What a line's head says of all points that begin with it. */
export interface LineMeaning {
  readonly countedAs: CountedAs;
  /** Differs between heads, from 0 up to 1: what they sum up is not spread over a period in step. */
  readonly phase: number;
  /** Where the point is counted, by key. */
  readonly table: Exclude<TableName, 'totals'>;
  readonly key: string;
  /** What the row shows as last. */
  readonly last: string;
  readonly isFailed: boolean;
  /** What it is about, where that is more than the key. */
  readonly route: string;
  readonly status: string;
  readonly errorCode: string;
  /** As what it is counted in its second, beside `secondCount`. */
  readonly statusCount: StatusCount | undefined;
  /** What is counted in the second; nothing for what other series count already. */
  readonly secondCount: SecondCount | undefined;
  readonly durationField: string | undefined;
  readonly secondDuration: SecondDuration | undefined;
  /** The field that says how many events a point stands for. */
  readonly countField: string | undefined;
  /** The field that says by which share points like this were kept. */
  readonly sampleRateField: string | undefined;
}

/** Heads that are remembered; more come from a tag with many values, and are all forgotten. */
const MAX_MEANINGS = 20_000;

const FIRST_REDIRECT = 300;
const FIRST_FAILED_STATUS = 400;
const NOT_FINISHED = 499;
const FIRST_SERVER_ERROR = 500;

const PHASES = 1024;

const NOTHING = {
  countedAs: 'event',
  phase: 0,
  last: '',
  isFailed: false,
  route: '',
  status: '',
  errorCode: '',
  statusCount: undefined,
  durationField: undefined,
  secondDuration: undefined,
  countField: undefined,
  sampleRateField: undefined,
} as const;

/** Understands the heads of lines, each once. */
export class LineMeanings {
  readonly #folded: FoldedSeries | undefined;
  readonly #meanings = new Map<string, LineMeaning | null>();

  /** @param folded - the series whose events are folded */
  constructor(folded?: FoldedSeries) {
    this.#folded = folded;
  }

  /** @returns `null` for a series that the page does not show */
  of(head: string): LineMeaning | null {
    const known = this.#meanings.get(head);
    if (known !== undefined) return known;
    if (this.#meanings.size >= MAX_MEANINGS) this.#meanings.clear();
    // A slice would keep the batch that it was cut from.
    const ownHead = Buffer.from(head).toString();
    const meaning = meaningOf(ownHead, this.#folded);
    this.#meanings.set(ownHead, meaning);
    return meaning;
  }
}

function meaningOf(head: string, folded: FoldedSeries | undefined): LineMeaning | null {
  const { series, tags } = decodeLine(`${head} field=1 0`);
  const isSummary = folded?.series.some((name) => name + SUMMARY_SUFFIX === series) === true;
  const meaning = meaningOfSeries(isSummary ? series.slice(0, -SUMMARY_SUFFIX.length) : series, tags);
  if (meaning === null || folded === undefined) return meaning;
  if (isSummary) return { ...meaning, countedAs: 'summary', phase: phaseOf(head) };
  const isFolded = folded.series.some((name) => name === series);
  return isFolded ? { ...meaning, countedAs: 'nothing' } : meaning;
}

function meaningOfSeries(series: string, tags: Readonly<Record<string, string>>): LineMeaning | null {
  switch (series) {
    case 'requests':
      return requestMeaning(tags['route'] ?? 'none', tags['status_code'] ?? '');
    case 'errors':
      return failureMeaning(tags['error_code'] ?? 'none', tags['route'] ?? '', tags['status_code'] ?? '');
    case 'ws_requests':
      return {
        ...NOTHING,
        table: 'accounts',
        key: tags['account_id'] ?? 'none',
        secondCount: 'sends',
        durationField: 'transport_time',
        secondDuration: 'transportTime',
      };
    case 'redis_message':
      return { ...NOTHING, table: 'channels', key: tags['chanel'] ?? 'none', secondCount: 'redisMessages' };
    case 'subscription_error':
      return subscriptionErrorMeaning(tags['error_code'] ?? 'none');
    default:
      return null;
  }
}

function requestMeaning(route: string, status: string): LineMeaning {
  return {
    ...NOTHING,
    table: 'routes',
    key: route,
    last: status,
    isFailed: Number(status) >= FIRST_FAILED_STATUS,
    route,
    status,
    statusCount: statusCountOf(Number(status)),
    secondCount: 'requests',
    durationField: 'execution_time',
    secondDuration: 'executionTime',
    sampleRateField: 'sample_rate',
  };
}

function failureMeaning(errorCode: string, route: string, status: string): LineMeaning {
  return {
    ...NOTHING,
    table: 'errorCodes',
    key: errorCode,
    last: route,
    route,
    status,
    errorCode,
    // The request's own point is counted.
    secondCount: undefined,
  };
}

function subscriptionErrorMeaning(errorCode: string): LineMeaning {
  return {
    ...NOTHING,
    table: 'subscriptionErrors',
    key: errorCode,
    errorCode,
    secondCount: 'subscriptionErrors',
    countField: 'count',
  };
}

function statusCountOf(status: number): StatusCount | undefined {
  if (status === NOT_FINISHED) return 'unfinished';
  if (status >= FIRST_SERVER_ERROR) return 'serverErrors';
  if (status >= FIRST_FAILED_STATUS) return 'clientErrors';
  return status >= FIRST_REDIRECT ? 'redirects' : undefined;
}

/** A hash of a head, as a fraction that numbers of events can be multiplied with exactly. */
function phaseOf(head: string): number {
  let hash = 0;
  for (let index = 0; index < head.length; index += 1) hash = (Math.imul(hash, 31) + head.charCodeAt(index)) | 0;
  return (hash & (PHASES - 1)) / PHASES;
}
