import type { BaseMonitoringPoint } from '../points/base-point.ts';
import type { WSRequestPoint } from '../points/sender-points.ts';
import { ownCopy } from './escape.ts';

/** What a point's tags are made from, first to last. */
type TagSource = string | number | undefined;

/** Series and tags of a point, as they stand in its line. */
export interface Head {
  readonly text: string;
  /** False where anything in it has to be counted each time. */
  readonly isLasting: boolean;
}

/** Series and tags of a point, as they stand in its line, and what they were made from besides the first source. */
interface KnownHead {
  readonly second: TagSource;
  readonly third: TagSource;
  readonly fourth: TagSource;
  readonly fifth: TagSource;
  readonly text: string;
}

/** How many heads of one series are remembered: as many as distinct values of a tag, by default. */
const MAX_HEADS = 10_000;

/** How many heads share a first source; they are searched in order. */
const MAX_HEADS_OF_FIRST = 32;

/** A longer head is written anew each time rather than kept: 10,000 of these are 5 MiB. */
const MAX_HEAD_LENGTH = 512;

/**
 * Remembers series and tags of the points of one class.
 *
 * The first source tells the most apart (the resource, the account), the others few (methods, statuses): one look-up in
 * a map and a short search, since five maps within each other cost 25 ns each.
 */
export class KnownHeads {
  readonly #headOf: (point: BaseMonitoringPoint) => Head;
  readonly #suffix: string;
  readonly #headsByFirst = new Map<TagSource, KnownHead[]>();
  #count = 0;
  #lastFirst: TagSource;
  #lastHeads: KnownHead[] | undefined;

  /**
   * @param headOf - writes series and tags of a point
   * @param suffix - what follows them in every line, up to the first value
   */
  constructor(headOf: (point: BaseMonitoringPoint) => Head, suffix: string) {
    this.#headOf = headOf;
    this.#suffix = suffix;
  }

  /** Finds series and tags of a point, or writes them; with the suffix. */
  find(
    point: BaseMonitoringPoint,
    first: TagSource,
    second: TagSource,
    third: TagSource,
    fourth: TagSource,
    fifth: TagSource,
  ): string {
    // A broadcast to the sockets of one account asks for one head again and again.
    const last = first === this.#lastFirst ? this.#lastHeads : undefined;
    const heads = last ?? this.#headsByFirst.get(first);
    if (heads !== undefined) {
      this.#lastFirst = first;
      this.#lastHeads = heads;
      for (const head of heads) {
        const isMatch = head.third === third && head.second === second && head.fifth === fifth;
        if (isMatch && head.fourth === fourth) return head.text;
      }
    }
    return this.#learn(point, heads, first, { second, third, fourth, fifth });
  }

  /** The same for a send, whose keeper may have it. */
  findOfSend(point: WSRequestPoint): string {
    const { accountId, keeper, service } = point;
    if (keeper === undefined) return this.find(point, accountId, service, undefined, undefined, undefined);
    const isKept = keeper.keptBy === this && keeper.keptAccountId === accountId && keeper.keptService === service;
    if (isKept) return keeper.keptText;
    const text = this.find(point, accountId, service, undefined, undefined, undefined);
    // What has to be counted each time is not remembered here, and must not be there.
    if (this.#headsByFirst.get(accountId)?.some((head) => head.text === text) === true) {
      keeper.keptBy = this;
      keeper.keptAccountId = accountId;
      keeper.keptService = service;
      keeper.keptText = text;
    }
    return text;
  }

  #learn(
    point: BaseMonitoringPoint,
    heads: KnownHead[] | undefined,
    first: TagSource,
    sources: Omit<KnownHead, 'text'>,
  ): string {
    const written = this.#headOf(point);
    const { isLasting } = written;
    const text = written.text + this.#suffix;
    if (!isLasting || text.length > MAX_HEAD_LENGTH || this.#count >= MAX_HEADS) return text;
    if (heads !== undefined && heads.length >= MAX_HEADS_OF_FIRST) return text;
    const head = { ...sources, fifth: toKeep(sources.fifth), text: ownCopy(text) };
    if (heads === undefined) this.#headsByFirst.set(toKeep(first), [head]);
    else heads.push(head);
    this.#count += 1;
    // The one text from now on: who looks it up in a map finds it by its address.
    return head.text;
  }
}

/** Only the first and the fifth source may be cut from a larger text: a method and a service are not. */
function toKeep(source: TagSource): TagSource {
  return typeof source === 'string' ? ownCopy(source) : source;
}
