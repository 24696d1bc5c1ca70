import type { Monitoring } from '@influx-monitoring/core';
import type { Health } from '../wire/messages.ts';

/** An application may have any number of tags, and this is in every message. */
const MAX_TAGS_TOLD = 5;
const MAX_NAME_LENGTH = 80;

/** Delivery's state in core's own words (`monitoring.health()`), with its counts and what the page knows beside them. */
export function readHealth(
  monitoring: Pick<Monitoring, 'health' | 'stats'>,
  view: Pick<Health, 'destination' | 'viewers' | 'storeBytes'>,
): Health {
  const { state, reason, since } = monitoring.health();
  const stats = monitoring.stats();
  const overflowedTags = Object.keys(stats.overflowedTags).sort();
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
    overflowedTags: overflowedTags.slice(0, MAX_TAGS_TOLD).map((name) => name.slice(0, MAX_NAME_LENGTH)),
    overflowedTagCount: overflowedTags.length,
    ...view,
  };
}
