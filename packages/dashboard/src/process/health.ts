import type { MonitoringStats } from '@influx-monitoring/core';
import type { DeliveryState, Health } from '../wire/messages.ts';

/** For how long a loss is shown as one that is happening, in milliseconds. */
const LOSS_SHOWN_MS = 60_000;

/**
 * What no time heals: credentials, rights, names and addresses that are wrong, and whatever answers in the database's
 * place.
 */
const OPERATOR_STATUS = /\bHTTP (?:[23]\d\d|40[1345]|407|410|411|421|426|451|501|505)\b/;

interface Judgement {
  readonly state: DeliveryState;
  readonly reason: string | null;
}

/** Judges delivery by what its counts did since it was last asked. */
export class HealthReader {
  #lostCount: number | undefined;
  #lostAtMs = -Infinity;
  #lostBefore = 0;
  #isStopped = false;
  #state: DeliveryState | undefined;
  #since = 0;

  recordStop(): void {
    this.#isStopped = true;
  }

  read(stats: MonitoringStats, view: Pick<Health, 'destination' | 'viewers' | 'storeBytes'>, now: number): Health {
    const { deadLettered, delivered, dropped, lastError, lastSuccessAt, pending, recorded, retries, spooled } = stats;
    const { state, reason } = this.#judge(stats);
    if (state !== this.#state) this.#since = now;
    this.#state = state;
    return {
      state,
      reason,
      since: Math.floor(this.#since),
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

  #judge({ deadLettered, dropped, lastError }: MonitoringStats): Judgement {
    const lostCount = dropped + deadLettered;
    this.#noteLoss(lostCount);
    if (this.#isStopped) return { state: 'stopped', reason: 'stop() was called' };
    if (performance.now() - this.#lostAtMs < LOSS_SHOWN_MS) {
      return { state: 'losing', reason: `${String(lostCount - this.#lostBefore)} points were dropped or refused` };
    }
    if (lastError === undefined) return { state: 'ok', reason: null };
    return { state: OPERATOR_STATUS.test(lastError) ? 'needs-operator' : 'waiting', reason: lastError };
  }

  #noteLoss(lostCount: number): void {
    const before = this.#lostCount ?? lostCount;
    this.#lostCount = lostCount;
    if (lostCount <= before) return;
    // A new episode counts from its own beginning.
    if (performance.now() - this.#lostAtMs >= LOSS_SHOWN_MS) this.#lostBefore = before;
    this.#lostAtMs = performance.now();
  }
}
