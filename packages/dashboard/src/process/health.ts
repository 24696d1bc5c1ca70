import type { Monitoring } from '@influx-monitoring/core';
import type { Health } from '../wire/messages.ts';

/** Delivery's state in core's own words (`monitoring.health()`), with its counts and what the page knows beside them. */
export function readHealth(
  monitoring: Pick<Monitoring, 'health' | 'stats'>,
  view: Pick<Health, 'destination' | 'viewers' | 'storeBytes'>,
): Health {
  const { state, reason, since } = monitoring.health();
  const stats = monitoring.stats();
  const { deadLettered, delivered, dropped, lastError, lastSuccessAt, pending, recorded, retries, spooled } = stats;
  return {
    state,
    reason: reason === '' ? null : reason,
    since: Math.floor(since),
    recorded,
    delivered,
    pending,
    spooled,
    dropped,
    deadLettered,
    retries,
    oldestPendingMs: Math.round(stats.oldestPendingMs),
    lastSuccessAt: lastSuccessAt ?? null,
    lastError: lastError ?? null,
    ...view,
  };
}
