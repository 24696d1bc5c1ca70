import type { StoredPoint } from '@influx-monitoring/core';
import { SUMMARY_SUFFIX } from '@influx-monitoring/core/internal';
import { InvalidArgumentError } from 'commander';

/** A tag that a point must have. */
export interface TagWish {
  readonly key: string;
  /** `*` stands for any text. */
  readonly value: string;
}

/** What points are wanted. */
export interface PointWish {
  /** One of these; none for all. Whether summaries of folded events are wanted is said by name: `withSummaries`. */
  readonly series: readonly string[];
  /** Of each key that is named one of its values. */
  readonly tags: readonly TagWish[];
  /** Not before this time, in seconds since the epoch. */
  readonly from: number;
}

/** Reads `key=value`. @throws InvalidArgumentError */
export function tagArgument(text: string): TagWish {
  const equals = text.indexOf('=');
  if (equals < 1 || equals === text.length - 1) {
    throw new InvalidArgumentError('Expected key=value, as in status_code=500 or "route=GET:/users/*".');
  }
  return { key: text.slice(0, equals), value: text.slice(equals + 1) };
}

/** The series that are named with those of their summaries: where events are folded, that is where they are. */
export function withSummaries(series: readonly string[]): string[] {
  const summaries = series.filter((name) => !name.endsWith(SUMMARY_SUFFIX)).map((name) => `${name}${SUMMARY_SUFFIX}`);
  return [...new Set([...series, ...summaries])];
}

/** Says of a point whether it is wanted: the same key again means "or", another key means "and". */
export function createPointFilter({ series, tags, from }: PointWish): (point: StoredPoint) => boolean {
  const wantedSeries = new Set(series);
  const wantedValues = new Map<string, readonly string[][]>();
  for (const { key, value } of tags) {
    wantedValues.set(key, [...(wantedValues.get(key) ?? []), value.split(/\*+/)]);
  }
  return (point) => {
    if (wantedSeries.size > 0 && !wantedSeries.has(point.series)) return false;
    if (point.time < from) return false;
    for (const [key, anyOf] of wantedValues) {
      const value = point.tags[key];
      if (value === undefined || !anyOf.some((parts) => hasParts(value, parts))) return false;
    }
    return true;
  };
}

/**
 * Whether a text is made of these parts, with any text between them. It takes one pass, where a regular expression of
 * several stars could take a power of the length, which outside text decides.
 */
function hasParts(text: string, [first = '', ...others]: readonly string[]): boolean {
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let position = first.length;
  for (const part of others) {
    const start = text.indexOf(part, position);
    if (start === -1) return false;
    position = start + part.length;
  }
  return text.length - last.length >= position && text.endsWith(last);
}
