import { parseLine, type ParsedLine } from './line-parser.ts';
import { splitLines, type BodyLine } from './line-split.ts';
import { LineError } from './line-value.ts';
import {
  failure,
  isOf1,
  isOf2,
  partialWrite,
  unableToParse,
  type BadLine,
  type Reply,
  type StrictFlavour,
} from './strict-replies.ts';
import { strippedOf, type StampedLine, type StrictStore } from './strict-store.ts';

/** How a batch is to be taken. */
export interface BatchRules {
  readonly flavour: StrictFlavour;
  /** Nanoseconds of a unit of the lines' timestamps. */
  readonly unitNs: bigint;
  /** For lines without a timestamp. */
  readonly arrivalNs: bigint;
  /** The oldest timestamp that retention lets in. */
  readonly oldestNs: bigint;
  /** How long points are kept, for 2.x to say. */
  readonly retentionSeconds?: number | undefined;
}

/** What came of a batch. */
export interface BatchResult {
  readonly reply: Reply;
  readonly lineCount: number;
  readonly storedCount: number;
}

const MIN_TIMESTAMP_NS = -(2n ** 63n) + 2n;
const MAX_TIMESTAMP_NS = 2n ** 63n - 2n;
const MAX_STRING_BYTES_OF_2 = 1_048_576;
/** What 2.x puts behind some reasons; a database is called by the id of its bucket there. */
const PLACE = ' for database: 0000000000000b0c for retention policy: autogen';
const OUTSIDE_RANGE = `time outside range ${String(MIN_TIMESTAMP_NS)} - ${String(MAX_TIMESTAMP_NS)}`;

/** Reads a batch and stores what 1.x or 2.x would store of it. */
export function writeBatch(store: StrictStore, text: string, rules: BatchRules): BatchResult {
  const { flavour } = rules;
  const lines = splitLines(text);
  const { good, bad } = readLines(lines, rules);
  const refuse = (reply: Reply): BatchResult => ({ reply, lineCount: lines.length, storedCount: 0 });
  if (isOf2(flavour) && bad.length > 0) return refuse(failure(flavour, 400, 'invalid', unableToParse(bad)));
  if (isRefusedWhole(store, good, flavour)) {
    // The types it keeps nevertheless.
    store.keepTypes(good);
    return refuse(failure(flavour, 400, '', 'field type conflict'));
  }
  return { lineCount: lines.length, ...keep(store, good, bad, rules) };
}

/** 1.8 stores nothing of a batch that gives a new field two types; 1.6 in the first batch of a shard alone. */
function isRefusedWhole(store: StrictStore, good: readonly StampedLine[], flavour: StrictFlavour): boolean {
  if (flavour === '1.8') return store.hasNewConflict(good);
  return flavour === '1.6' && store.isNew && store.hasConflict(good);
}

function keep(
  store: StrictStore,
  good: readonly StampedLine[],
  bad: readonly BadLine[],
  rules: BatchRules,
): Omit<BatchResult, 'lineCount'> {
  const { flavour, oldestNs } = rules;
  const current = good.filter(({ timestampNs }) => timestampNs >= oldestNs);
  const old = good.filter(({ timestampNs }) => timestampNs < oldestNs);
  const fitting = current.filter((line) => !isOf2(flavour) || longField(line) === undefined);
  const { storedCount, refusal } = store.write(fitting, isOf2(flavour));
  const tooLong = isOf2(flavour) ? current.map(longField).find((reason) => reason !== undefined) : undefined;
  const reason = refusal ?? tooLong;
  const droppedCount = current.length - storedCount;
  // Points that are too old are not mentioned beside another cause.
  if (reason !== undefined) return { reply: partialWrite(flavour, reason, droppedCount), storedCount };
  if (old.length > 0) return { reply: tooOld(old, rules), storedCount };
  const stripped = flavour === '2.9' ? fitting.map(strippedOf).find((found) => found !== undefined) : undefined;
  if (stripped !== undefined) return { reply: partialWrite(flavour, stripped, 0, PLACE), storedCount };
  if (bad.length === 0) return { reply: { status: 204 }, storedCount };
  const errors = unableToParse(bad);
  const message = good.length === 0 ? errors : `partial write: ${errors} dropped=0`;
  return { reply: failure(flavour, 400, 'invalid', message), storedCount };
}

/** 2.x tells the bound, with the oldest and the newest point that it left out. */
function tooOld(old: readonly StampedLine[], { flavour, oldestNs, retentionSeconds = 0 }: BatchRules): Reply {
  if (!isOf2(flavour)) return partialWrite(flavour, 'points beyond retention policy', old.length);
  const inOrder = [...old].sort((one, other) => (one.timestampNs < other.timestampNs ? -1 : 1));
  const cause = `dropped because it violates a Retention Policy Lower Bound at ${timeText(oldestNs)}`;
  const told = (line: StampedLine | undefined): string =>
    line === undefined ? '' : `${seriesOf(line)} at ${timeText(line.timestampNs)} ${cause}`;
  const reason =
    `dropped ${String(old.length)} points outside retention policy of duration ${durationText(retentionSeconds)} - ` +
    `oldest point ${told(inOrder[0])}, newest point ${told(inOrder.at(-1))}`;
  return partialWrite(flavour, reason, old.length, PLACE);
}

function readLines(
  lines: readonly BodyLine[],
  rules: BatchRules,
): { readonly good: StampedLine[]; readonly bad: BadLine[] } {
  const good: StampedLine[] = [];
  const bad: BadLine[] = [];
  for (const { text, number } of lines) {
    try {
      const line = parseLine(text);
      checkFlavour(line, rules.flavour);
      good.push({ ...line, text, number, timestampNs: stampOf(line, rules) });
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      bad.push({ text, number, reason: error.message });
    }
  }
  return { good, bad };
}

function stampOf({ timestamp }: ParsedLine, { unitNs, arrivalNs }: BatchRules): bigint {
  if (timestamp === undefined) return arrivalNs - (arrivalNs % unitNs);
  const timestampNs = timestamp * unitNs;
  if (timestampNs < MIN_TIMESTAMP_NS || timestampNs > MAX_TIMESTAMP_NS) throw new LineError(OUTSIDE_RANGE);
  return timestampNs;
}

function checkFlavour(line: ParsedLine, flavour: StrictFlavour): void {
  // 1.x has unsigned integers only where it is built for them.
  const hasUnsigned = [...line.fields.values()].some(({ type }) => type === 'unsigned');
  if (isOf1(flavour) && hasUnsigned) throw new LineError('invalid number');
  if (isOf2(flavour)) checkTags(line);
}

/** What 2.x keeps the parts of a point by. */
const RESERVED_TAGS: readonly string[] = ['time', '_field', '_measurement'];

function checkTags({ tags }: ParsedLine): void {
  const reserved = RESERVED_TAGS.find((name) => tags.has(name));
  if (reserved !== undefined) throw new LineError(`cannot use reserved tag key "${reserved}"`);
}

function longField({ measurement, fields }: ParsedLine): string | undefined {
  for (const [name, { type, value }] of fields) {
    const length = type === 'string' ? Buffer.byteLength(value) : 0;
    if (length <= MAX_STRING_BYTES_OF_2) continue;
    const lengths = `${String(length)} > ${String(MAX_STRING_BYTES_OF_2)}`;
    return `input field "${name}" on measurement "${measurement}" is too long, ${lengths}`;
  }
  return undefined;
}

/** A series as 2.x writes it. */
function seriesOf({ measurement, tags }: StampedLine): string {
  const sorted = [...tags].sort(([one], [other]) => (one < other ? -1 : 1));
  return [measurement, ...sorted.map(([name, value]) => `${name}=${value}`)].join(',');
}

/** A time as Go writes it: RFC 3339, without zeros at the end. */
function timeText(timeNs: bigint): string {
  const nanoseconds = ((timeNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = new Date(Number((timeNs - nanoseconds) / 1_000_000n)).toISOString().replace('.000Z', '');
  const fraction = `.${String(nanoseconds).padStart(9, '0')}`.replace(/\.?0+$/, '');
  return `${seconds}${fraction}Z`;
}

/** A duration as Go writes it, as `1h0m0s`. */
function durationText(seconds: number): string {
  return `${String(Math.floor(seconds / 3600))}h${String(Math.floor(seconds / 60) % 60)}m${String(seconds % 60)}s`;
}
