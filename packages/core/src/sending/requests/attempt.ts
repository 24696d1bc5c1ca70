import { reasonOf } from '../../process/error-text.ts';
import { batchOfLines } from '../../batch/batch.ts';
import type { Lines } from '../../batch/lines.ts';
import type { Outcome, Wire } from '../../batch/outcome.ts';

/** One request under way, with a deadline that really ends it. */
export class Attempt {
  readonly lines: Lines;
  readonly outcome: Promise<Outcome>;
  /** In milliseconds of `performance.now()`. */
  readonly startedAtMs = performance.now();
  #isOverdue = false;
  #tookMs: number | undefined;
  readonly #controller = new AbortController();
  #give: (outcome: Outcome) => void = () => undefined;

  constructor(wire: Wire, lines: Lines, deadlineMs: number) {
    this.lines = lines;
    const given = new Promise<Outcome>((resolve) => {
      this.#give = resolve;
    });
    const timer = setTimeout(() => {
      this.#isOverdue = true;
      this.abort(`no answer within ${String(deadlineMs)} ms`);
    }, deadlineMs).unref();
    // A wire that does not heed the signal is not waited for: what it says later changes nothing, since its lines are
    // sent again and have their own time stamps.
    this.outcome = Promise.race([write(wire, lines, this.#controller.signal), given]).finally(() => {
      clearTimeout(timer);
      this.#tookMs = performance.now() - this.startedAtMs;
    });
  }

  /** Whether it was ended since no answer came in time. */
  get isOverdue(): boolean {
    return this.#isOverdue;
  }

  /** How long it took, in milliseconds; `undefined` while it is under way. */
  get tookMs(): number | undefined {
    return this.#tookMs;
  }

  /** Ends it now; the batch stays pending. */
  abort(reason: string): void {
    this.#give({ kind: 'retry', reason });
    this.#controller.abort(new Error(reason));
  }
}

/** A wire of the user's own may throw or reject; to us that is one more failure. */
async function write(wire: Wire, lines: Lines, signal: AbortSignal): Promise<Outcome> {
  try {
    return await wire.write(batchOfLines(lines), signal);
  } catch (error) {
    return { kind: 'retry', reason: reasonOf(error) };
  }
}
