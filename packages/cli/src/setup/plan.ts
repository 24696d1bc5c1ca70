/** One thing that setup looks after. */
export interface PlanItem {
  /** `make`, `change` or nothing, since it is there already. */
  readonly action: 'make' | 'change' | 'none';
  /** What it is, and what will be done with it: `database "luna", points kept for 30d`. */
  readonly description: string;
  /** What is lost by it, to be read before a yes. */
  readonly caution?: string | undefined;
  /** Does it. @throws CommandError where the server refuses */
  readonly apply: (signal: AbortSignal) => Promise<void>;
}

/** An item that is as it should be. */
export function settled(description: string): PlanItem {
  return { action: 'none', description, apply: () => Promise.resolve() };
}
