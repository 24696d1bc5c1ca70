import type { DeliveryEvent } from './delivery-event.ts';

/**
 * How delivery does.
 *
 * @category Delivery
 */
export type HealthState =
  /** Nothing waits for long, nothing was lost of late. */
  | 'ok'
  /** The last attempt failed, as in an outage: points wait, and it heals by itself. */
  | 'waiting'
  /** Points wait, and nothing of it will change by itself: credentials, a name, an address. */
  | 'needs-operator'
  /** Points were dropped or refused in the last minute. */
  | 'losing'
  /** `stop()` was called. */
  | 'stopped';

/**
 * How delivery does, why, and since when.
 *
 * @category Delivery
 */
export interface Health {
  readonly state: HealthState;
  /** A few words; empty where all is well. */
  readonly reason: string;
  /** When that began, in seconds since the epoch. */
  readonly since: number;
}

/** A loss is told for this long, in milliseconds: an alert that looks once a minute must not miss it. */
export const LOSS_SHOWN_MS = 60_000;

interface Episode {
  readonly reason: string;
  readonly sinceMs: number;
}

/** Makes of events how delivery does. */
export class HealthWatch {
  #failure: (Episode & { readonly needsOperator: boolean }) | undefined;
  #loss: (Episode & { readonly lastAtMs: number }) | undefined;
  #stoppedAtMs: number | undefined;
  #wellSinceMs = Date.now();

  note(event: DeliveryEvent): void {
    if (event.kind === 'retry') this.#noteFailure(event.reason, event.needsOperator);
    else if (event.kind === 'recovered') this.reset();
    else if (event.kind === 'drop') this.#noteLoss(`points are dropped: ${event.reason}`);
    else if (event.kind === 'deadLetter') this.#noteLoss(`the database refuses points: ${event.reason}`);
  }

  /** No attempt is failing: the database took points, or there is another one. */
  reset(): void {
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#wellSinceMs = Date.now();
  }

  stop(): void {
    this.#stoppedAtMs ??= Date.now();
  }

  read(): Health {
    const nowMs = Date.now();
    if (this.#stoppedAtMs !== undefined) return healthOf('stopped', 'monitoring was stopped', this.#stoppedAtMs);
    if (this.#loss !== undefined && nowMs - this.#loss.lastAtMs < LOSS_SHOWN_MS) {
      return healthOf('losing', this.#loss.reason, this.#loss.sinceMs);
    }
    if (this.#failure !== undefined) {
      const { needsOperator, reason, sinceMs } = this.#failure;
      return healthOf(needsOperator ? 'needs-operator' : 'waiting', reason, sinceMs);
    }
    const lossEndMs = this.#loss === undefined ? 0 : this.#loss.lastAtMs + LOSS_SHOWN_MS;
    return healthOf('ok', '', Math.max(this.#wellSinceMs, lossEndMs));
  }

  #noteFailure(reason: string, needsOperator: boolean): void {
    const isSame = this.#failure?.needsOperator === needsOperator;
    const sinceMs = isSame && this.#failure !== undefined ? this.#failure.sinceMs : Date.now();
    this.#failure = { reason, needsOperator, sinceMs };
  }

  #noteLoss(reason: string): void {
    const nowMs = Date.now();
    const isSame = this.#loss !== undefined && nowMs - this.#loss.lastAtMs < LOSS_SHOWN_MS;
    this.#loss = { reason, sinceMs: isSame && this.#loss !== undefined ? this.#loss.sinceMs : nowMs, lastAtMs: nowMs };
  }
}

function healthOf(state: HealthState, reason: string, sinceMs: number): Health {
  return { state, reason, since: sinceMs / 1000 };
}
