import { capName, escapeName } from './escape.ts';

/** What stands for every value beyond the budget. */
export const OTHER_VALUE = 'other';

/** How many tag keys of all series together are told apart; further ones are left out of the points. */
const MAX_TAG_KEYS = 1000;

/** Distinct values a tag key of a series may have before new ones become `other`. */
export const DEFAULT_MAX_TAG_VALUES = 10_000;

/** Options of `TagBudget`. */
export interface TagBudgetOptions {
  /** Distinct values a tag key of a series. */
  readonly maxTagValues: number;
  /** Told once for each tag that reaches its limit, as `series.tag`. */
  readonly onOverflow?: ((tag: string) => void) | undefined;
}

/**
 * The distinct values of each tag of each series, with their text for the wire.
 *
 * Beyond the limit a new value becomes `other`, so the number of series in the database is bounded whatever clients
 * send. A known value costs one look-up and no escaping.
 */
export class TagBudget {
  readonly #options: TagBudgetOptions;
  readonly #series = new Map<string, Map<string, Map<string, string>>>();
  readonly #overflows = new Map<string, number>();
  #tagCount = 0;

  constructor(options: TagBudgetOptions) {
    this.#options = options;
  }

  /** How many values became `other`, by `series.tag`. */
  get overflows(): ReadonlyMap<string, number> {
    return this.#overflows;
  }

  /**
   * Escapes a tag's value within the tag's budget.
   *
   * @returns the text for the wire; empty where the tag must be left out
   */
  encode(series: string, tag: string, value: string): string {
    const wireTexts = this.#series.get(series)?.get(tag) ?? this.#addTag(series, tag);
    if (wireTexts === undefined) return '';
    const key = capName(value);
    const known = wireTexts.get(key);
    if (known !== undefined) return known;
    if (wireTexts.size >= this.#options.maxTagValues) {
      this.#countOverflow(`${series}.${tag}`);
      return OTHER_VALUE;
    }
    const wireText = escapeName(key);
    wireTexts.set(key, wireText);
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
    const earlier = this.#overflows.get(tag) ?? 0;
    this.#overflows.set(tag, earlier + 1);
    if (earlier === 0) this.#options.onOverflow?.(tag);
  }
}
