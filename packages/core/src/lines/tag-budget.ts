import { capName, escapeName, ownCopy } from './escape.ts';

/** What stands for every value beyond the budget. */
export const OTHER_VALUE = 'other';

/** How many tag keys of all series together are told apart; further ones are left out of the points. */
const MAX_TAG_KEYS = 1000;

/** How many UTF-16 units the remembered values of all tags may have together: at most 32 MiB, as latin 1 half of it. */
const MAX_REMEMBERED_LENGTH = 8 * 1024 * 1024;

/** Distinct values a tag key of a series may have before new ones become `other`. */
export const DEFAULT_MAX_TAG_VALUES = 10_000;

/** Options of `TagBudget`. */
export interface TagBudgetOptions {
  /** Distinct values a tag key of a series. */
  readonly maxTagValues: number;
  /** Told once for each tag, as `requests.route`, when its first value becomes `other`. It must not throw. */
  readonly onOverflow?: ((tag: string) => void) | undefined;
}

/**
 * The distinct values of each tag of each series, with their text for the wire.
 *
 * Beyond the limit a new value becomes `other`, so the number of series in the database, and the memory taken here, is
 * bounded whatever clients send. A known value costs one look-up and no escaping.
 */
export class TagBudget {
  readonly #maxTagValues: number;
  readonly #onOverflow: ((tag: string) => void) | undefined;
  readonly #series = new Map<string, Map<string, Map<string, string>>>();
  readonly #overflows = new Map<string, number>();
  #overflowCount = 0;
  #tagCount = 0;
  #rememberedLength = 0;

  constructor({ maxTagValues, onOverflow }: TagBudgetOptions) {
    this.#maxTagValues = maxTagValues;
    this.#onOverflow = onOverflow;
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
    const wireTexts = this.#series.get(series)?.get(tag) ?? this.#addTag(series, tag);
    if (wireTexts === undefined) return '';
    const key = capName(value);
    return wireTexts.get(key) ?? this.#learn(wireTexts, key, `${series}.${tag}`);
  }

  #learn(wireTexts: Map<string, string>, value: string, tag: string): string {
    const wireText = escapeName(value);
    if (wireText === '') return '';
    if (wireTexts.size >= this.#maxTagValues || this.#rememberedLength > MAX_REMEMBERED_LENGTH) {
      this.#countOverflow(tag);
      return OTHER_VALUE;
    }
    this.#rememberedLength += value === wireText ? value.length : value.length + wireText.length;
    wireTexts.set(ownCopy(value), wireText);
    return wireText;
  }

  #addTag(series: string, tag: string): Map<string, string> | undefined {
    if (this.#tagCount >= MAX_TAG_KEYS) {
      this.#countOverflow('tag keys');
      return undefined;
    }
    this.#tagCount += 1;
    let tags = this.#series.get(series);
    if (tags === undefined) {
      tags = new Map();
      this.#series.set(series, tags);
    }
    const wireTexts = new Map<string, string>();
    tags.set(tag, wireTexts);
    return wireTexts;
  }

  #countOverflow(tag: string): void {
    this.#overflowCount += 1;
    const count = this.#overflows.get(tag) ?? 0;
    this.#overflows.set(tag, count + 1);
    if (count === 0) this.#onOverflow?.(tag);
  }
}
