/** Why lines were refused, where InfluxDB says it so that the lines can be told apart. */
export type Cause =
  /** Points beyond the retention; 2.x names the times that bound it. */
  | { readonly kind: 'retention'; readonly beforeNs?: bigint | undefined; readonly afterNs?: bigint | undefined }
  /** A field that had another type before. */
  | { readonly kind: 'type-conflict'; readonly field: string; readonly series: string; readonly type: string };

/** What is wrong with the server, and heals: the lines are good. */
const SERVER_TROUBLES: readonly string[] = [
  'no space left',
  'disk full',
  'disk is full',
  'not enough space',
  'quota',
  'too many open files',
  'input/output error',
  'i/o error',
  'i/o timeout',
  'read-only file system',
  'timeout',
  'timed out',
  'deadline exceeded',
  'context canceled',
  'engine is closed',
  'shard is disabled',
  'cache-max-memory-size exceeded',
  'out of memory',
  'cannot allocate memory',
  'connection refused',
  'service unavailable',
  'hinted handoff',
  'try again',
];

/** Sentences about a line, in which a name or a value may say anything. */
const LINE_TROUBLES: readonly string[] = [
  'unable to parse a line',
  'field type conflict: input field',
  'points beyond retention policy',
  'points outside retention policy',
  'has been stripped from point',
];

/** True where a sentence in the form of a refusal speaks of the server: its disk is full, its time is up. */
export function isAboutServer(sentence: string): boolean {
  const text = sentence.toLowerCase();
  if (LINE_TROUBLES.some((trouble) => text.includes(trouble))) return false;
  const unquoted = withoutQuotations(text);
  return SERVER_TROUBLES.some((trouble) => unquoted.includes(trouble));
}

/** How many lines were dropped, where that is said; what a series key says comes before it. */
export function droppedCountIn(sentence: string): number | undefined {
  const start = sentence.lastIndexOf(DROPPED);
  if (start === -1) return undefined;
  const digits = /^\d{1,9}(?= |$)/.exec(sentence.slice(start + DROPPED.length, start + DROPPED.length + 12))?.[0];
  return digits === undefined ? undefined : Number(digits);
}

/** Nothing was dropped: 2.9 left a field out that is named `time`, and stored the point. */
export function isStrippedOnly(sentence: string): boolean {
  return (
    sentence.includes('has been stripped from point') &&
    droppedCountIn(sentence) === 0 &&
    !sentence.includes('unable to parse a line')
  );
}

/** The cause that a sentence tells. */
export function causeIn(sentence: string): Cause | undefined {
  if (sentence.includes('points beyond retention policy') || sentence.includes('points outside retention policy')) {
    return { kind: 'retention', beforeNs: boundIn(sentence, 'Lower'), afterNs: boundIn(sentence, 'Upper') };
  }
  return typeConflictIn(sentence);
}

/** A cause in words: names of series and fields, none of a series key, no time and no count. */
export function sentenceOfCause(cause: Cause, sentence: string): string {
  if (cause.kind === 'type-conflict') {
    const known = /already exists as type (\w{1,32})/.exec(sentence.slice(sentence.lastIndexOf(KNOWN_TYPE)))?.[1] ?? '';
    return `field type conflict: input field "${cause.field}" on measurement "${cause.series}" is type ${cause.type}, already exists as type ${known}`;
  }
  const duration = /retention policy of duration (\w{1,32})/.exec(sentence)?.[1];
  return duration === undefined
    ? 'points beyond retention policy'
    : `points outside retention policy of duration ${duration}`;
}

const DROPPED = 'dropped=';
const FIELD = 'input field "';
const SERIES = '" on measurement "';
const TYPE = '" is type ';
const KNOWN_TYPE = ', already exists as type ';

/** `input field "f" on measurement "m" is type float, already exists as type integer`: the names stand as they are. */
function typeConflictIn(sentence: string): Cause | undefined {
  const fieldStart = sentence.indexOf(FIELD);
  const seriesStart = sentence.indexOf(SERIES, fieldStart);
  const typeStart = sentence.lastIndexOf(TYPE);
  const typeEnd = sentence.lastIndexOf(KNOWN_TYPE);
  // Where a name holds one of these words itself, it cannot be told what is what.
  const isClear = sentence.indexOf(SERIES, seriesStart + 1) === -1 && sentence.indexOf(TYPE) === typeStart;
  const isInOrder = fieldStart >= 0 && seriesStart > fieldStart && typeStart > seriesStart && typeEnd > typeStart;
  if (!isClear || !isInOrder || !sentence.includes('field type conflict')) return undefined;
  return {
    kind: 'type-conflict',
    field: sentence.slice(fieldStart + FIELD.length, seriesStart),
    series: sentence.slice(seriesStart + SERIES.length, typeStart),
    type: sentence.slice(typeStart + TYPE.length, typeEnd),
  };
}

/** The last one said: a series key before it may say anything. */
function boundIn(sentence: string, which: 'Lower' | 'Upper'): bigint | undefined {
  const words = `Retention Policy ${which} Bound at `;
  const start = sentence.lastIndexOf(words);
  if (start === -1) return undefined;
  const text = sentence.slice(start + words.length, start + words.length + 40);
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)/.exec(text);
  if (found === null) return undefined;
  const [, seconds = '', fraction = '', zone = 'Z'] = found;
  const ms = Date.parse(`${seconds}${zone}`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function withoutQuotations(text: string): string {
  // Every second part stands in quotes.
  const parts = text.split('"');
  return parts.filter((_part, index) => index % 2 === 0 || index === parts.length - 1).join(' ');
}
