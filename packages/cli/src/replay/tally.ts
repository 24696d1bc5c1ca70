/** Reasons that are told apart; refusals of a database may quote, and so be of any number. */
const MAX_REASONS = 20;
const OTHER_REASONS = 'other reasons';

const NS_PER_MS = 1_000_000n;

/** What became of the lines. */
export class Tally {
  /** Lines with points in them that were read. */
  read = 0;
  written = 0;
  /** Refused lines by the kind of the reason. */
  readonly refused = new Map<string, number>();
  #oldest: bigint | undefined;
  #newest: bigint | undefined;

  get refusedCount(): number {
    return [...this.refused.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The time of the lines that were written, in milliseconds since the epoch; `undefined` where there are none. */
  get writtenRange(): { readonly startMs: number; readonly stopMs: number } | undefined {
    if (this.#oldest === undefined || this.#newest === undefined) return undefined;
    return { startMs: Number(this.#oldest / NS_PER_MS), stopMs: Number(this.#newest / NS_PER_MS) + 1 };
  }

  /** Counts lines that the database has stored. */
  store(lines: readonly string[]): void {
    this.written += lines.length;
    for (const line of lines) {
      // Lines without a stamp are not sent.
      const stamp = BigInt(line.slice(line.lastIndexOf(' ') + 1));
      if (this.#oldest === undefined || stamp < this.#oldest) this.#oldest = stamp;
      if (this.#newest === undefined || stamp > this.#newest) this.#newest = stamp;
    }
  }

  /** Counts lines that were refused, under the kind of the reason. */
  refuse(count: number, reason: string): void {
    const kind = kindOf(reason);
    const name = this.refused.has(kind) || this.refused.size < MAX_REASONS ? kind : OTHER_REASONS;
    this.refused.set(name, (this.refused.get(name) ?? 0) + count);
  }
}

/** Quoted lines, times, counts and values: what differs from line to line where the reason is one. */
const VARYING =
  /'[^']*'?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?: [+-]\d{4} \w+|Z)?|(?<=dropped=)\d+|(?<=\bvalue )\S+|(?<![\w".])-?(?:\d{4,}|\d+\.\d+)(?:e[+-]?\d+)?[iu]?(?![\w"])/gi;

function kindOf(reason: string): string {
  const [status = ''] = /^HTTP \d+/.exec(reason) ?? [];
  return status + reason.slice(status.length).replace(VARYING, '…');
}
