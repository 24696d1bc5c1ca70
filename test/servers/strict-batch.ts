import { parseLine, type ParsedLine } from './line-parser.ts';
import { splitLines, type BodyLine } from './line-split.ts';
import { LineError } from './line-value.ts';
import {
  batchRefused,
  failure,
  listOfBad,
  isOf2,
  partialWrite,
  unableToParse,
  type BadLine,
  type Reply,
  type StrictFlavour,
} from './strict-replies.ts';
import type { StampedLine, StrictStore } from './strict-store.ts';

/** How a batch is to be taken. */
export interface BatchRules {
  readonly flavour: StrictFlavour;
  /** True where 3 stores the good lines beside bad ones. */
  readonly isPartial?: boolean;
  /** Nanoseconds of a unit of the lines' timestamps. */
  readonly unitNs: bigint;
  /** For lines without a timestamp. */
  readonly arrivalNs: bigint;
  /** The oldest timestamp that retention lets in. */
  readonly oldestNs: bigint;
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
const OUTSIDE_RANGE = `time outside range ${String(MIN_TIMESTAMP_NS)} - ${String(MAX_TIMESTAMP_NS)}`;

/** Reads a batch and stores what its flavour would store of it. */
export function writeBatch(store: StrictStore, text: string, rules: BatchRules): BatchResult {
  const { flavour } = rules;
  const lines = splitLines(text);
  const { good, bad } = readLines(lines, rules);
  const refuse = (reply: Reply): BatchResult => ({ reply, lineCount: lines.length, storedCount: 0 });
  if (rules.isPartial === true) return { lineCount: lines.length, ...keepPartly(store, good, bad) };
  if (flavour !== '1.8' && bad.length > 0) return refuse(batchRefused(flavour, bad));
  if (flavour === '3') {
    // To 3 a conflict of types is a line that is wrong, and one such line refuses the batch.
    const conflict = store.firstConflict(good);
    if (conflict !== undefined) return refuse(batchRefused(flavour, [conflict]));
  }
  if (flavour === '1.8' && store.isNew && store.firstConflict(good) !== undefined) {
    // So says the real 1.6.7 of the first batch of a shard, and stores nothing; the types it keeps nevertheless.
    store.keepTypes(good);
    return refuse(failure(flavour, 400, '', 'field type conflict'));
  }
  return { lineCount: lines.length, ...keep(store, good, bad, rules) };
}

/** As 3 does with `accept_partial`: the good lines are stored, each bad one is listed with its first characters. */
function keepPartly(
  store: StrictStore,
  good: readonly StampedLine[],
  bad: readonly BadLine[],
): Omit<BatchResult, 'lineCount'> {
  const fitting: StampedLine[] = [];
  const refused = [...bad];
  for (const line of good) {
    const conflict = store.firstConflict([...fitting, line]);
    if (conflict === undefined) fitting.push(line);
    else refused.push(conflict);
  }
  const { storedCount } = store.write(fitting);
  return { reply: refused.length === 0 ? { status: 204 } : listOfBad(refused), storedCount };
}

function keep(
  store: StrictStore,
  good: readonly StampedLine[],
  bad: readonly BadLine[],
  { flavour, oldestNs }: BatchRules,
): Omit<BatchResult, 'lineCount'> {
  const current = good.filter(({ timestampNs }) => timestampNs >= oldestNs);
  const fitting = current.filter((line) => !isOf2(flavour) || longField(line) === undefined);
  const { storedCount, refusal } = store.write(fitting);
  const droppedCount = good.length - storedCount;
  const tooLong = current.map(longField).find((reason) => reason !== undefined);
  const reason = refusal ?? tooLong ?? 'points beyond retention policy';
  if (droppedCount > 0) return { reply: partialWrite(flavour, reason, droppedCount), storedCount };
  if (bad.length === 0) return { reply: { status: 204 }, storedCount };
  const errors = unableToParse(bad);
  const message = good.length === 0 ? errors : `partial write: ${errors} dropped=0`;
  return { reply: failure(flavour, 400, 'invalid', message), storedCount };
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
  if (flavour === '1.8' && hasUnsigned) throw new LineError('invalid number');
  if (isOf2(flavour)) checkTags(line);
  if (flavour === '3') checkColumns(line);
}

/** What 2.x keeps the parts of a point by. */
const RESERVED_TAGS: readonly string[] = ['time', '_field', '_measurement'];

function checkTags({ tags }: ParsedLine): void {
  const reserved = RESERVED_TAGS.find((name) => tags.has(name));
  if (reserved !== undefined) throw new LineError(`cannot use reserved tag key "${reserved}"`);
}

/** Version 3 has one table a measurement: a column can be one thing only, and that of the time is taken. */
function checkColumns({ tags, fields, repeatedField }: ParsedLine): void {
  if (repeatedField !== undefined) throw new LineError(`field ${repeatedField} appears twice`);
  for (const name of fields.keys()) {
    if (tags.has(name)) throw new LineError(`column ${name} is both a tag and a field`);
  }
  if (tags.has('time') || fields.has('time')) throw new LineError('column time is the timestamp');
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
