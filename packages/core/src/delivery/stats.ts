/** Why points were dropped. */
export type DropReason =
  /** The point threw while it was read, or has no field that can be stored. */
  | 'unstorable'
  /** The memory's bound was reached: the oldest went. */
  | 'memory_full'
  /** The database stored the rest of their batch and refused these. */
  | 'rejected'
  /** Recorded after `stop()`, or still pending when its deadline came. */
  | 'stopped';

/** How many points of a series were dropped for a reason. */
export interface DropCount {
  readonly series: string;
  readonly reason: DropReason;
  readonly count: number;
}

/** What became of the points: `recorded = delivered + pending + dropped + deadLettered`, always. */
export interface DeliveryStats {
  readonly recorded: number;
  readonly delivered: number;
  readonly pending: number;
  readonly dropped: number;
  readonly deadLettered: number;
  readonly drops: readonly DropCount[];
  readonly retries: number;
  /** Bytes of memory that pending points take. */
  readonly memoryBytes: number;
  /** Age of the oldest pending point, in milliseconds; 0 where none is pending. */
  readonly oldestPendingMs: number;
  /** When a batch was last delivered, in seconds since the epoch. */
  readonly lastSuccessAt: number | undefined;
  /** Why the last attempt failed, without data or credentials; `undefined` after a success. */
  readonly lastError: string | undefined;
}

/** Counts what became of the points. */
export class DeliveryCounts {
  recorded = 0;
  delivered = 0;
  deadLettered = 0;
  retries = 0;
  #dropped = 0;
  readonly #drops = new Map<string, { series: string; reason: DropReason; count: number }>();

  get dropped(): number {
    return this.#dropped;
  }

  get drops(): readonly DropCount[] {
    return [...this.#drops.values()].map((drop) => ({ ...drop }));
  }

  drop(series: string, reason: DropReason, count = 1): void {
    this.#dropped += count;
    const key = `${reason} ${series}`;
    const drop = this.#drops.get(key);
    if (drop === undefined) this.#drops.set(key, { series, reason, count });
    else drop.count += count;
  }

  /** Counts each line of a batch by its series. */
  dropLines(lines: string, reason: DropReason): void {
    for (const line of lines.split('\n')) this.drop(seriesOf(line), reason);
  }
}

/** The series of a line: what stands before the first comma or space that has no backslash. */
export function seriesOf(line: string): string {
  return /^(?:\\.|[^,\\ ])*/.exec(line)?.[0] ?? '';
}
