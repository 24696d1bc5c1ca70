import type { ErrorRecorder } from './error-recorder.ts';
import type { MessageRecorder } from './message-recorder.ts';

/** A subscriber that received nothing for as long as its silence alarm allows. */
const SILENT_CODE = 'SILENT';

/** What a silence alarm watches. */
export interface SilenceAlarmInit {
  readonly errors: ErrorRecorder;
  /** Whether the client still is subscribed; `undefined` where it does not tell. */
  readonly isSubscribed: () => boolean | undefined;
  readonly messages: MessageRecorder;
  readonly seconds: number;
}

/**
 * Records an error for each full span of time in which a subscribed client received nothing. A connection may look
 * well and deliver nothing (https://github.com/redis/node-redis/issues/2823): only the silence tells.
 */
export class SilenceAlarm {
  readonly #errors: ErrorRecorder;
  readonly #isSubscribed: () => boolean | undefined;
  readonly #messages: MessageRecorder;
  readonly #spanMs: number;
  #silentSinceMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ errors, isSubscribed, messages, seconds }: SilenceAlarmInit) {
    this.#errors = errors;
    this.#isSubscribed = isSubscribed;
    this.#messages = messages;
    this.#spanMs = seconds * 1000;
  }

  /** Begins to watch, where it does not yet. */
  begin(): void {
    if (this.#timer !== undefined) return;
    this.#silentSinceMs = performance.now();
    this.#wait(this.#spanMs);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#check();
    }, delayMs).unref();
  }

  #check(): void {
    if (this.#isSubscribed() === false) return;
    const nowMs = performance.now();
    const since = Math.max(this.#silentSinceMs, this.#messages.lastArrivalMs);
    const leftMs = since + this.#spanMs - nowMs;
    if (leftMs > 0) {
      this.#wait(leftMs);
      return;
    }
    this.#silentSinceMs = nowMs;
    this.#errors.recordLimited(SILENT_CODE);
    this.#wait(this.#spanMs);
  }
}
