import type { MonitoringStats } from '@influx-monitoring/core';
import type { DeliveryState, Health } from '../wire/messages.ts';

/** For how long a loss is shown as one that is happening, in milliseconds. */
const LOSS_SHOWN_MS = 60_000;

/** Judges delivery by what its counts did since it was last asked. */
export class HealthReader {
  #lostCount: number | undefined;
  #lostAtMs = -Infinity;
  #isStopped = false;

  recordStop(): void {
    this.#isStopped = true;
  }

  read(stats: MonitoringStats, view: Pick<Health, 'destination' | 'viewers' | 'storeBytes'>): Health {
    const { deadLettered, delivered, dropped, lastError, lastSuccessAt, pending, recorded, retries, spooled } = stats;
    return {
      state: this.#judge(stats),
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

  #judge({ deadLettered, dropped, lastError }: MonitoringStats): DeliveryState {
    const lostCount = dropped + deadLettered;
    if (this.#lostCount !== undefined && lostCount > this.#lostCount) this.#lostAtMs = performance.now();
    this.#lostCount = lostCount;
    if (this.#isStopped) return 'stopped';
    if (performance.now() - this.#lostAtMs < LOSS_SHOWN_MS) return 'losing';
    return lastError === undefined ? 'ok' : 'waiting';
  }
}
