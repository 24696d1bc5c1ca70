import type { Batch, Outcome, Wire } from '../../../src/batch/outcome.ts';

type Answer = (lines: readonly string[], attempt: number) => Outcome | Promise<Outcome>;

/** A database whose answers a test writes. It stores what it says it delivered, as InfluxDB does: one point a line. */
export class ScriptedWire implements Wire {
  /** The lines of each attempt. */
  readonly attempts: (readonly string[])[] = [];
  /** What is stored, in the order of its first arrival. */
  readonly stored = new Set<string>();
  /** How many attempts are under way, and were at most. */
  underWay = 0;
  maxUnderWay = 0;
  signal: AbortSignal | undefined;
  closedCount = 0;
  answer: Answer;

  constructor(answer: Answer = () => DELIVERED) {
    this.answer = answer;
  }

  async write(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    const lines = batch.lines.split('\n');
    this.attempts.push(lines);
    this.signal = signal;
    this.underWay += 1;
    this.maxUnderWay = Math.max(this.maxUnderWay, this.underWay);
    try {
      const outcome = await this.answer(lines, this.attempts.length);
      if (outcome.kind === 'delivered') for (const line of lines) this.stored.add(line);
      return outcome;
    } finally {
      this.underWay -= 1;
    }
  }

  close(): void {
    this.closedCount += 1;
  }
}

export const DELIVERED: Outcome = { kind: 'delivered' };
export const AWAY: Outcome = { kind: 'retry', reason: 'connect ECONNREFUSED' };

/** Never answers. */
export const hang = (): Promise<Outcome> => new Promise(() => undefined);
