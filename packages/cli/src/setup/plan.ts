/** What a user asks setup for in the database. */
export interface DatabaseWishes {
  /** 0 for ever; `undefined` to leave it. */
  readonly retentionSeconds: number | undefined;
  readonly isDownsampled: boolean;
  /** To switch on what an operator switched off. */
  readonly isActivated: boolean;
  /** To make tokens: one that may write, one that may read. */
  readonly hasTokens: boolean;
  /** Where alerts go: an address, `none` for checks that notify nobody, `undefined` for no checks. */
  readonly alerts: string | undefined;
}

/** One thing that setup looks after. */
export interface PlanItem {
  /** `make`, `change`, `remove`, or nothing, since it is as it should be already. */
  readonly action: 'make' | 'change' | 'remove' | 'none';
  /** What it is, and what will be done with it: `database "luna", points kept for 30d`. */
  readonly description: string;
  /** What is lost by it, or what it leaves as it is: to be read before a yes. */
  readonly caution?: string | undefined;
  /**
   * Does it.
   *
   * @returns what is shown once, as a new token; mostly nothing
   * @throws CommandError where the server refuses
   */
  readonly apply: (signal: AbortSignal) => Promise<string | undefined>;
}

/** An item that is as it should be. */
export function settled(description: string, caution?: string): PlanItem {
  return { action: 'none', description, caution, apply: () => Promise.resolve(undefined) };
}
