import type { Answered } from './traffic.ts';

/** What a fleet has answered, what became of its processes, and what is stored. */
export interface Evidence {
  readonly answered: readonly Answered[];
  /** The processes that were killed by SIGKILL, with the moment, in milliseconds since the epoch. */
  readonly killedAtMs: ReadonlyMap<number, number>;
  /** The ids of all points of requests. */
  readonly storedIds: readonly string[];
  /** How old what a kill costs may be, in milliseconds. */
  readonly maxLossMs: number;
}

/** What the comparison came to. */
export interface Verdict {
  readonly answeredCount: number;
  /** Answered by a process shortly before it was killed, and not stored. */
  readonly lostByKillCount: number;
  /** Age of the oldest of those when its process was killed, in milliseconds. */
  readonly oldestLostMs: number;
  /** Answered, not stored, and nothing excuses it. */
  readonly missing: readonly string[];
  /** Stored more than once. */
  readonly doubled: readonly string[];
}

/** Compares by request id: each request that was answered must be stored once, but for what a kill may cost. */
export function judge({ answered, killedAtMs, maxLossMs, storedIds }: Evidence): Verdict {
  const stored = new Set<string>();
  const doubled = storedIds.filter((id) => stored.size === stored.add(id).size);
  const missing: string[] = [];
  let lostByKillCount = 0;
  let oldestLostMs = 0;
  for (const { atMs, id, pid } of answered) {
    if (stored.has(id)) continue;
    const ageMs = (killedAtMs.get(pid) ?? Infinity) - atMs;
    if (ageMs > maxLossMs) {
      missing.push(id);
      continue;
    }
    lostByKillCount += 1;
    oldestLostMs = Math.max(oldestLostMs, ageMs);
  }
  return { answeredCount: answered.length, lostByKillCount, oldestLostMs, missing, doubled };
}
