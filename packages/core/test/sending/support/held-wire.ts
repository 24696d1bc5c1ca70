import type { Batch, Outcome, Wire } from '../../../src/batch/outcome.ts';
import { DELIVERED } from './scripted-wire.ts';

/** A request that a test answers when it likes. */
export interface HeldRequest {
  /** The line protocol, line by line. */
  readonly lines: readonly string[];
  readonly byteLength: number;
  readonly answer: (outcome?: Outcome) => void;
  readonly signal: AbortSignal;
}

/** A database that answers each request when a test says so. */
export class HeldWire implements Wire {
  /** The requests without an answer, oldest first. */
  open: HeldRequest[] = [];
  /** The lines of each request, in the order in which they were made. */
  readonly attempts: (readonly string[])[] = [];
  readonly stored = new Set<string>();

  write(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    const lines = batch.lines.split('\n');
    this.attempts.push(lines);
    return new Promise((resolve) => {
      const request: HeldRequest = {
        lines,
        byteLength: batch.bytes.length,
        signal,
        answer: (outcome = DELIVERED) => {
          this.open = this.open.filter((other) => other !== request);
          if (outcome.kind === 'delivered') for (const line of lines) this.stored.add(line);
          resolve(outcome);
        },
      };
      this.open.push(request);
    });
  }

  close(): void {
    // It has no connection.
  }
}
