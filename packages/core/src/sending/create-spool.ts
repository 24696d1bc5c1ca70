import type { DeliveryCounts } from '../ledger/counts.ts';
import type { DeliveryEvents } from '../ledger/events.ts';
import { Spool } from '../spool/spool.ts';
import type { ResolvedDeliveryOptions } from './delivery-options.ts';

/** The spool that delivery's options ask for; `undefined` where points wait in memory alone. */
export function createSpool(
  { durability, maxSpoolBytes, spoolFolder }: ResolvedDeliveryOptions,
  counts: DeliveryCounts,
  events: DeliveryEvents,
): Spool | undefined {
  if (spoolFolder === undefined) return undefined;
  const isSynced = durability === 'wal+fsync';
  return new Spool({ folder: spoolFolder, isSynced, maxBytes: maxSpoolBytes }, counts, events);
}
