import type { DropReason } from './drop-reason.ts';

/**
 * How many points of a series were dropped for a reason.
 *
 * @category Delivery
 */
export interface DropCount {
  /** Empty where it is not known. */
  readonly series: string;
  readonly reason: DropReason;
  readonly count: number;
}

/**
 * What became of the points: `recorded + adopted = folded + delivered + pending + dropped + deadLettered`, always.
 *
 * @category Delivery
 */
export interface DeliveryStats {
  readonly recorded: number;
  /** Points that another process recorded and left in the spool, which this one took over. */
  readonly adopted: number;
  /** Events that went into the point of a period (`aggregate`); that point is recorded as one of its own. */
  readonly folded: number;
  readonly delivered: number;
  /** In memory and in the spool. */
  readonly pending: number;
  readonly dropped: number;
  readonly deadLettered: number;
  readonly drops: readonly DropCount[];
  readonly retries: number;
  /** Events of the open periods: what a crash would lose, beside what is pending in memory. */
  readonly openPeriods: number;
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

/**
 * What the series `monitoring` tells.
 *
 * @category Delivery
 */
export interface SelfStats extends DeliveryStats {
  /** How many tag values became `other`, by `series.tag`. */
  readonly overflowedTags: Readonly<Record<string, number>>;
}

/** The fields of a point of the series `monitoring`: the figures of `stats()`, in its order, as whole numbers or not. */
export function selfFieldsOf(stats: SelfStats): Readonly<Record<string, bigint | number>> {
  return {
    recorded: BigInt(stats.recorded),
    adopted: BigInt(stats.adopted),
    folded: BigInt(stats.folded),
    delivered: BigInt(stats.delivered),
    pending: BigInt(stats.pending),
    dropped: BigInt(stats.dropped),
    dead_lettered: BigInt(stats.deadLettered),
    retries: BigInt(stats.retries),
    memory_bytes: BigInt(stats.memoryBytes),
    spooled: BigInt(stats.spooled),
    spool_bytes: BigInt(stats.spoolBytes),
    oldest_pending_seconds: stats.oldestPendingMs / 1000,
    overflowed_tags: BigInt(Object.values(stats.overflowedTags).reduce((sum, count) => sum + count, 0)),
  };
}
