import type { StoredPoint } from '@influx-monitoring/core';
import { printable, printableJson } from '../printable.ts';
import type { Colors } from '../terminal.ts';
import { timeTextOf } from './point-time.ts';

/** Tags that a person looks for first, and the one that all points of a service share. */
const FIRST_TAGS = ['status_code', 'error_code', 'route', 'account_id', 'chanel'];
const LAST_TAG = 'service';

/** Fields of seconds, by the standard, and what summaries of folded events say of them; they are shown in milliseconds. */
const DURATION_FIELD =
  /^(execution_time|time_to_first_byte|transport_time|queue_time)(_(sum|min|max|p50|p90|p95|p99))?$/;

const FAILURE_SERIES: ReadonlySet<string> = new Set(['errors', 'subscription_error']);

/** As wide as the longest of the standard series. */
const SERIES_WIDTH = 'subscription_error'.length;
const MILLISECOND_DIGITS = 3;
const MAX_VALUE_LENGTH = 200;

/** A point as one line for a person. Nothing in it steers the terminal, whatever the names are. */
export function textOfPoint({ fields, series, stamp, tags }: StoredPoint, colors: Colors): string {
  const time = colors.dim(timeTextOf(stamp, MILLISECOND_DIGITS));
  const paintSeries = FAILURE_SERIES.has(series) ? colors.red : colors.cyan;
  const pair = (key: string, value: string, paint: (text: string) => string): string =>
    `${colors.dim(`${shortText(key)}=`)}${paint(value)}`;
  const tagTexts = inOrder(Object.keys(tags)).map((key) => {
    const value = tags[key] ?? '';
    return pair(key, shortText(value), paintOfTag(key, value, colors));
  });
  const fieldTexts = Object.entries(fields).map(([key, value]) => pair(key, fieldText(key, value), String));
  return [time, paintSeries(shortText(series).padEnd(SERIES_WIDTH)), ...tagTexts, ...fieldTexts].join('  ');
}

function inOrder(keys: readonly string[]): string[] {
  const rankOf = (key: string): number => {
    if (key === LAST_TAG) return FIRST_TAGS.length + 1;
    const index = FIRST_TAGS.indexOf(key);
    return index === -1 ? FIRST_TAGS.length : index;
  };
  return [...keys].sort((one, other) => rankOf(one) - rankOf(other));
}

function paintOfTag(key: string, value: string, colors: Colors): (text: string) => string {
  if (key === 'error_code') return colors.red;
  if (key !== 'status_code') return String;
  const byClass: Readonly<Record<string, (text: string) => string>> = {
    '2': colors.green,
    '3': colors.cyan,
    '4': colors.yellow,
    '5': colors.red,
  };
  return byClass[value.slice(0, 1)] ?? String;
}

function fieldText(key: string, value: StoredPoint['fields'][string]): string {
  if (typeof value === 'number' && DURATION_FIELD.test(key)) return `${String(Number((value * 1000).toFixed(3)))}ms`;
  return shortText(String(value));
}

/** What would not be seen to end, or not to be one value, is quoted. */
function shortText(text: string): string {
  const cut = text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text;
  return cut === '' || /[\s"=]/.test(cut) ? printableJson(cut) : printable(cut);
}
