import { setImmediate } from 'node:timers/promises';

/** How long the page's work may hold the event loop at once, in milliseconds. */
const SLICE_MS = 0.5;

/** Cuts long work into slices, so that the service's own events never wait for more than one. */
export class TimeSlices {
  #startedAtMs = performance.now();

  /** True where the slice is used up and `rest()` is due. */
  get isOver(): boolean {
    return performance.now() - this.#startedAtMs > SLICE_MS;
  }

  /** Lets everything else that is due run, then begins another slice. */
  async rest(): Promise<void> {
    await setImmediate();
    this.#startedAtMs = performance.now();
  }

  /** Takes all steps of some work, resting where a slice is used up. */
  async run(steps: Iterator<unknown>): Promise<void> {
    while (steps.next().done !== true) {
      if (this.isOver) await this.rest();
    }
  }
}
