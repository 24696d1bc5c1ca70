import type { Wire } from '../batch/outcome.ts';

/** Two looks at the port are this far apart at least, in milliseconds. */
export const MIN_PROBE_INTERVAL_MS = 500;

/** And at most; anywhere between, so that many processes do not come back at once. */
export const MAX_PROBE_INTERVAL_MS = 1500;

/**
 * Waits for the next attempt: until its time has come or, where the database did not even take a connection, until its
 * port answers again. Nothing of it keeps the process alive.
 */
export class NextAttempt {
  readonly #onDue: () => void;
  #timer: NodeJS.Timeout | undefined;
  #probeTimer: NodeJS.Timeout | undefined;
  #probing: AbortController | undefined;

  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  /** @param unreachable - the wire whose database took no connection; `undefined` where there was another failure */
  plan(delayMs: number, unreachable: Wire | undefined): void {
    this.cancel();
    // A timer may fire a little early: it does not ask for the time again.
    this.#timer = setTimeout(this.#onDue, delayMs).unref();
    if (unreachable?.probe === undefined) return;
    this.#probing = new AbortController();
    this.#probeLater(unreachable, this.#probing.signal);
  }

  cancel(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#probeTimer);
    this.#probing?.abort();
    this.#probing = undefined;
  }

  #probeLater(wire: Wire, signal: AbortSignal): void {
    const waitMs = MIN_PROBE_INTERVAL_MS + Math.random() * (MAX_PROBE_INTERVAL_MS - MIN_PROBE_INTERVAL_MS);
    this.#probeTimer = setTimeout(() => void this.#probe(wire, signal), waitMs).unref();
  }

  async #probe(wire: Wire, signal: AbortSignal): Promise<void> {
    const isThere = await answers(wire, signal);
    if (signal.aborted) return;
    if (isThere) this.#onDue();
    else this.#probeLater(wire, signal);
  }
}

/** A wire of the user's own may throw or reject; then nothing is known. */
async function answers(wire: Wire, signal: AbortSignal): Promise<boolean> {
  try {
    return (await wire.probe?.(signal)) === true;
  } catch {
    return false;
  }
}
