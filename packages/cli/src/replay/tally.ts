/** Reasons that are told apart; refusals of a database may quote, and so be of any number. */
const MAX_REASONS = 20;
const OTHER_REASONS = 'other reasons';

/** What became of the lines. */
export class Tally {
  /** Lines with points in them that were read. */
  read = 0;
  written = 0;
  /** Refused lines by reason. */
  readonly refused = new Map<string, number>();

  get refusedCount(): number {
    return [...this.refused.values()].reduce((sum, count) => sum + count, 0);
  }

  refuse(count: number, reason: string): void {
    const name = this.refused.has(reason) || this.refused.size < MAX_REASONS ? reason : OTHER_REASONS;
    this.refused.set(name, (this.refused.get(name) ?? 0) + count);
  }
}
