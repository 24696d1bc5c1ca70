import { runOutsideContext } from './outside-context.ts';

/** Runs a task again and again, outside of any asynchronous context. The timer never keeps the process alive. */
export class Scheduler {
  readonly #task: () => void;
  readonly #periodMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(task: () => void, periodMs: number) {
    this.#task = task;
    this.#periodMs = periodMs;
  }

  /** Starts the loop; starting it twice changes nothing. */
  start(): void {
    this.#timer ??= runOutsideContext(() => setInterval(this.#task, this.#periodMs).unref());
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
