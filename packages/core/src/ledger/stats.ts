import { countBySeries } from '../batch/lines.ts';
import type { DeliveryEvents } from './events.ts';

/** Why points were dropped. */
export type DropReason =
  /** The point threw while it was read, or has no field that can be stored. */
  | 'unstorable'
  /** The memory's bound was reached: the oldest went. */
  | 'memory_full'
  /** The spool's bound was reached: its oldest segment went. */
  | 'spool_full'
  /** The spool could not be read back; where possible the segment was moved aside. */
  | 'spool_broken'
  /** Recorded after `stop()`, or still in memory when its deadline came. */
  | 'stopped';

/** How many points of a series were dropped for a reason. */
export interface DropCount {
  /** Empty where it is not known. */
  readonly series: string;
  readonly reason: DropReason;
  readonly count: number;
}

/** What became of the points: `recorded + adopted = delivered + pending + dropped + deadLettered`, always. */
export interface DeliveryStats {
  readonly recorded: number;
  /** Points that another process recorded and left in the spool, which this one took over. */
  readonly adopted: number;
  readonly delivered: number;
  /** In memory and in the spool. */
  readonly pending: number;
  readonly dropped: number;
  readonly deadLettered: number;
  readonly drops: readonly DropCount[];
  readonly retries: number;
  /** Bytes of memory that pending points take. */
  readonly memoryBytes: number;
  /** How many of the pending points are in the spool. */
  readonly spooled: number;
  /** Bytes of disk that this process's spool takes. */
  readonly spoolBytes: number;
  /** Age of the oldest pending point, in milliseconds; 0 where none is pending. In the spool: at most a batch more. */
  readonly oldestPendingMs: number;
  /** When a batch was last delivered, in seconds since the epoch. */
  readonly lastSuccessAt: number | undefined;
  /** Why the last attempt failed, without data or credentials; `undefined` after a success. */
  readonly lastError: string | undefined;
}

/** The fields of a point of the series `monitoring`: the figures of `stats()`, in its order, as whole numbers or not. */
export function selfFieldsOf(stats: DeliveryStats): Readonly<Record<string, bigint | number>> {
  return {
    recorded: BigInt(stats.recorded),
    adopted: BigInt(stats.adopted),
    delivered: BigInt(stats.delivered),
    pending: BigInt(stats.pending),
    dropped: BigInt(stats.dropped),
    dead_lettered: BigInt(stats.deadLettered),
    retries: BigInt(stats.retries),
    memory_bytes: BigInt(stats.memoryBytes),
    spooled: BigInt(stats.spooled),
    spool_bytes: BigInt(stats.spoolBytes),
    oldest_pending_seconds: stats.oldestPendingMs / 1000,
  };
}

/** Series are names in code; should they come from outside, later ones are counted together. */
const MAX_COUNTED_SERIES = 1000;
const OTHER_SERIES = 'other';

/** Counts what became of the points, and tells of each that is lost. */
export class DeliveryCounts {
  recorded = 0;
  adopted = 0;
  delivered = 0;
  retries = 0;
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
