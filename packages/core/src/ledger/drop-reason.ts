/**
 * Why points were dropped.
 *
 * @category Delivery
 */
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
