import { countBySeries } from '../batch/lines.ts';
import type { DropReason } from './drop-reason.ts';
import type { DeliveryEvents } from './events.ts';
import { RecentRate } from './recent-rate.ts';
import type { DeliveryStats, DropCount } from './stats.ts';

/** Series are names in code; should they come from outside, later ones are counted together. */
const MAX_COUNTED_SERIES = 1000;
const OTHER_SERIES = 'other';

type CountedFigures = Pick<
  DeliveryStats,
  'recorded' | 'adopted' | 'folded' | 'delivered' | 'dropped' | 'deadLettered' | 'drops' | 'retries'
>;

/** Counts what became of the points, and tells of each that is lost. */
export class DeliveryCounts {
  recorded = 0;
  adopted = 0;
  /** Events that went into a period's point, which is recorded as a point of its own. */
  folded = 0;
  delivered = 0;
  retries = 0;
  readonly #recordRate = new RecentRate();
  #deadLettered = 0;
  #dropped = 0;
  readonly #drops = new Map<string, { series: string; reason: DropReason; count: number }>();
  readonly #events: DeliveryEvents;

  constructor(events: DeliveryEvents) {
    this.#events = events;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get deadLettered(): number {
    return this.#deadLettered;
  }

  /** What `stats()` says of points that came, and of those that came to an end. */
  figures(): CountedFigures {
    const { adopted, deadLettered, delivered, dropped, drops, folded, recorded, retries } = this;
    return { recorded, adopted, folded, delivered, dropped, deadLettered, drops, retries };
  }

  /** How fast points have been recorded lately; `undefined` in the first second. */
  get recordedPerSecond(): number | undefined {
    return this.#recordRate.perSecond(this.recorded);
  }

  /** Looks how many points have been recorded: called now and then, so that the rate is known. */
  noteRate(): void {
    this.#recordRate.note(this.recorded);
  }

  /** How many points came to an end, whichever. */
  get settled(): number {
    return this.delivered + this.#dropped + this.#deadLettered;
  }

  get drops(): readonly DropCount[] {
    return [...this.#drops.values()].map((drop) => ({ ...drop }));
  }

  /** @param series - empty where it is not known */
  drop(series: string, reason: DropReason, count = 1): void {
    this.#dropped += count;
    const key = `${reason} ${series}`;
    const isNew = !this.#drops.has(key);
    const counted = isNew && this.#drops.size >= MAX_COUNTED_SERIES ? OTHER_SERIES : series;
    const drop = this.#drops.get(`${reason} ${counted}`) ?? { series: counted, reason, count: 0 };
    drop.count += count;
    this.#drops.set(`${reason} ${counted}`, drop);
    this.#events.emit({ kind: 'drop', reason, series, count });
  }

  /** Counts each line by its series. */
  dropLines(lines: Buffer, reason: DropReason): void {
    if (lines.length === 0) return;
    for (const [series, count] of countBySeries(lines)) this.drop(series, reason, count);
  }

  deadLetter(count: number, reason: string, isKept: boolean): void {
    this.#deadLettered += count;
    this.#events.emit({ kind: 'deadLetter', reason, count, isKept });
  }
}
