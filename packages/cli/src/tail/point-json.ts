import type { StoredPoint } from '@influx-monitoring/core';
import { printableJson } from '../printable.ts';
import { timeTextOf } from './point-time.ts';

const NANOSECOND_DIGITS = 9;

/** A point as one line of JSON; a stamp, and an integer that JSON's readers would round, is a string. */
export function jsonOfPoint({ fields, series, stamp, tags }: StoredPoint): string {
  const exactFields = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, exactValue(value)]));
  return printableJson({
    time: timeTextOf(stamp, NANOSECOND_DIGITS),
    stamp: String(stamp),
    series,
    tags,
    fields: exactFields,
  });
}

function exactValue(value: StoredPoint['fields'][string]): string | number | boolean {
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
