import { turnBudget } from '../store/turn-budget.ts';

/** What is to be handed out to readers, in order, as the budget of the turns allows. */
export class HandOuts {
  readonly #waiting: Iterator<void>[] = [];
  #isRunning = false;

  /** True where all was handed out. */
  get areDone(): boolean {
    return !this.#isRunning;
  }

  /** Hands out what these steps do, after what was added before. */
  add(steps: Iterator<void> | undefined): void {
    if (steps === undefined) return;
    this.#waiting.push(steps);
    if (!this.#isRunning) void this.#run();
  }

  /** Hands out all that waits, now. */
  finish(): void {
    for (let steps = this.#waiting.shift(); steps !== undefined; steps = this.#waiting.shift()) {
      while (steps.next().done !== true);
    }
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let steps = this.#waiting[0]; steps !== undefined; steps = this.#waiting[0]) {
      await turnBudget().run(steps);
      // Unless `finish` was faster.
      if (this.#waiting[0] === steps) this.#waiting.shift();
    }
    this.#isRunning = false;
  }
}
