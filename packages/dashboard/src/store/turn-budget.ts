import { processWide } from '@influx-monitoring/core/internal';

/** How long all of the page's work together may hold the event loop at once, in milliseconds. */
const TURN_MS = 0.5;

/**
 * Cuts long work into slices that fit into one turn of the event loop, whoever does the work: the service's own events
 * wait for one slice, not for one of each viewer. Those who rest go on one a turn, in the order in which they began to.
 */
export class TurnBudget {
  /** `undefined` where nothing was done in this turn. */
  #turnBeganAtMs: number | undefined;
  readonly #resting: (() => void)[] = [];
  #isTurnDue = false;

  /** True where the turn's time is used up and `rest()` is due. The first work of a turn begins it. */
  get isOver(): boolean {
    if (this.#turnBeganAtMs === undefined) {
      this.#beginTurn();
      return false;
    }
    return performance.now() - this.#turnBeganAtMs > TURN_MS;
  }

  /** True where others wait, or the time is used up: `rest()` is due before work begins. */
  get isBusy(): boolean {
    return this.#resting.length > 0 || this.isOver;
  }

  /** Lets everything else that is due run, and waits for its turn. */
  rest(): Promise<void> {
    return new Promise((resolve) => {
      this.#resting.push(resolve);
      this.#turnSoon();
    });
  }

  /** Takes all steps of some work, resting where the turn's time is used up. */
  async run(steps: Iterator<unknown>): Promise<void> {
    while (steps.next().done !== true) {
      if (this.isOver) await this.rest();
    }
  }

  #beginTurn(): void {
    this.#turnBeganAtMs = performance.now();
    this.#turnSoon();
  }

  #turnSoon(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    setImmediate(() => {
      this.#isTurnDue = false;
      this.#turnBeganAtMs = undefined;
      const goOn = this.#resting.shift();
      if (goOn === undefined) return;
      this.#beginTurn();
      goOn();
    });
  }
}

/** The one of the process, since it has one event loop. */
export function turnBudget(): TurnBudget {
  return processWide('dashboard.turn-budget', 1, () => new TurnBudget());
}
