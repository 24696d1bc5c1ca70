import { capName, escapeName, ownCopy } from './escape.ts';

/** What stands for every value beyond the budget. */
export const OTHER_VALUE = 'other';

/** How many tag keys of all series together are told apart; further ones are left out of the points. */
const MAX_TAG_KEYS = 1000;

/** A series has these of its own at least, however many keys others have: for so many series. */
const OWN_KEYS_PER_SERIES = 8;
const MAX_SERIES_WITH_OWN_KEYS = 1000;

/** How many UTF-16 units the values of all tags may have beyond their own shares: at most 32 MiB, as latin 1 half of it. */
const MAX_SHARED_LENGTH = 8 * 1024 * 1024;

/** How many units each tag has of its own, whatever others take. */
const OWN_LENGTH = 8 * 1024;

/** The same of the tags that the source's series are read by: nothing that comes from outside may blind an alert. */
const STANDARD_LENGTH = 512 * 1024;

const STANDARD_TAGS: ReadonlySet<string> = new Set([
  'errors.error_code',
  'errors.route',
  'errors.service',
  'errors.status_code',
  'redis_message.chanel',
  'redis_message.service',
  'requests.route',
  'requests.service',
  'requests.status_code',
  'subscription_error.error_code',
  'subscription_error.service',
  'ws_requests.account_id',
  'ws_requests.service',
]);

/** Distinct values a tag key of a series may have before new ones become `other`. */
export const DEFAULT_MAX_TAG_VALUES = 10_000;

/** Options of `TagBudget`. */
export interface TagBudgetOptions {
  /** Distinct values a tag key of a series. */
  readonly maxTagValues: number;
  /** Told once for each tag, as `requests.route`, when its first value becomes `other`. It must not throw. */
  readonly onOverflow?: ((tag: string, limit: TagLimit) => void) | undefined;
  /** Tags of which the value is a bucket, by key, with how many buckets there are. */
  readonly tagBuckets?: Readonly<Record<string, number>> | undefined;
}

/** What a tag met: distinct values of a tag, memory for the values, or tag keys of all series. */
export type TagLimit = 'values' | 'memory' | 'keys';

/** The values of one tag. */
interface TagValues {
  readonly wireTexts: Map<string, string>;
  readonly ownLength: number;
  length: number;
}

/**
 * The distinct values of each tag of each series, with their text for the wire.
 *
 * Beyond the limit a new value becomes `other`, so the number of series in the database, and the memory taken here, is
 * bounded whatever clients send. Each tag has a share of its own, the standard ones a large one, so no tag's values cost
 * another one its. A known value costs one look-up and no escaping.
 */
export class TagBudget {
  readonly #maxTagValues: number;
  readonly #onOverflow: TagBudgetOptions['onOverflow'];
  readonly #buckets: ReadonlyMap<string, number>;
  readonly #series = new Map<string, Map<string, TagValues>>();
  readonly #overflows = new Map<string, number>();
  #overflowCount = 0;
  #tagCount = 0;
  #sharedLength = 0;

  constructor({ maxTagValues, onOverflow, tagBuckets = {} }: TagBudgetOptions) {
    this.#maxTagValues = maxTagValues;
    this.#onOverflow = onOverflow;
    this.#buckets = new Map(Object.entries(tagBuckets));
  }

  /** How many values became `other`, by `series.tag`. */
  get overflows(): ReadonlyMap<string, number> {
    return this.#overflows;
  }

  /** How many values became `other` or were left out, of all tags. */
  get overflowCount(): number {
    return this.#overflowCount;
  }

  /**
   * Escapes a tag's value within the tag's budget.
   *
   * @param series - the series, as it is on the wire
   * @param tag - the key, as it is on the wire
   * @returns the text for the wire; empty where the tag must be left out
   */
  encode(series: string, tag: string, value: string): string {
    const values = this.#series.get(series)?.get(tag) ?? this.#addTag(series, tag);
    if (values === undefined) return '';
    const bucketCount = this.#buckets.size === 0 ? undefined : this.#buckets.get(tag);
    if (bucketCount !== undefined) return bucketOf(value, bucketCount);
    const key = capName(value);
    return values.wireTexts.get(key) ?? this.#learn(values, key, `${series}.${tag}`);
  }

  #learn(values: TagValues, value: string, tag: string): string {
    const wireText = escapeName(value);
    if (wireText === '') return '';
    if (values.wireTexts.size >= this.#maxTagValues) return this.#overflow(tag, 'values');
    const length = value === wireText ? value.length : value.length + wireText.length;
    const isOwn = values.length + length <= values.ownLength;
    if (!isOwn && this.#sharedLength > MAX_SHARED_LENGTH) return this.#overflow(tag, 'memory');
    if (!isOwn) this.#sharedLength += length;
    values.length += length;
    values.wireTexts.set(ownCopy(value), wireText);
    return wireText;
  }

  #addTag(series: string, tag: string): TagValues | undefined {
    const isStandard = STANDARD_TAGS.has(`${series}.${tag}`);
    let tags = this.#series.get(series);
    const ownKeys = tags === undefined && this.#series.size >= MAX_SERIES_WITH_OWN_KEYS ? 0 : OWN_KEYS_PER_SERIES;
    if (!isStandard && this.#tagCount >= MAX_TAG_KEYS && (tags?.size ?? 0) >= ownKeys) {
      this.#overflow('tag keys', 'keys');
      return undefined;
    }
    if (!isStandard) this.#tagCount += 1;
    if (tags === undefined) {
      tags = new Map();
      this.#series.set(series, tags);
    }
    const values = { wireTexts: new Map(), ownLength: isStandard ? STANDARD_LENGTH : OWN_LENGTH, length: 0 };
    tags.set(tag, values);
    return values;
  }

  /** Whether a series has used a name as a tag, or will: the standard tags are its own from the start. */
  isTag(series: string, name: string): boolean {
    return this.#series.get(series)?.has(name) === true || STANDARD_TAGS.has(`${series}.${name}`);
  }

  #overflow(tag: string, limit: TagLimit): string {
    this.#overflowCount += 1;
    const count = this.#overflows.get(tag) ?? 0;
    this.#overflows.set(tag, count + 1);
    if (count === 0) this.#onOverflow?.(tag, limit);
    return OTHER_VALUE;
  }
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const MIN_DIGITS = 3;

/** The bucket of a value, as in `b017`: by FNV-1a of its UTF-8, so the same in every process. What is none stays none. */
function bucketOf(value: string, bucketCount: number): string {
  if (value === 'none') return value;
  let hash = FNV_OFFSET;
  for (const byte of Buffer.from(value)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  const digits = Math.max(MIN_DIGITS, String(bucketCount - 1).length);
  return `b${String((hash >>> 0) % bucketCount).padStart(digits, '0')}`;
}
