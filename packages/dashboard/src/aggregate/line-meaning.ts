import { decodeLine } from '@influx-monitoring/core';
import type { TableName } from '../wire/messages.ts';
import type { SecondCount, SecondDuration, StatusCount } from './second-series.ts';

/** What a line's head says of all points that begin with it. */
export interface LineMeaning {
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

const NOTHING = {
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
  readonly #meanings = new Map<string, LineMeaning | null>();

  /** @returns `null` for a series that the page does not show */
  of(head: string): LineMeaning | null {
    const known = this.#meanings.get(head);
    if (known !== undefined) return known;
    if (this.#meanings.size >= MAX_MEANINGS) this.#meanings.clear();
    // A slice would keep the batch that it was cut from.
    const ownHead = Buffer.from(head).toString();
    const meaning = meaningOf(ownHead);
    this.#meanings.set(ownHead, meaning);
    return meaning;
  }
}

function meaningOf(head: string): LineMeaning | null {
  const { series, tags } = decodeLine(`${head} field=1 0`);
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
