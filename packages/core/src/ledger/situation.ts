import { bytesText, durationText, pointsText } from './amount-text.ts';

/** What waits, and how much room is left for more: what a line of log says beside what happened. */
export interface Situation {
  /** Bytes of memory that a waiting point takes; `undefined` where none waits. */
  readonly bytesPerPoint: number | undefined;
  readonly maxMemoryBytes: number;
  /** 0 without a spool. */
  readonly maxSpoolBytes: number;
  readonly memoryBytes: number;
  readonly oldestPendingMs: number;
  readonly pending: number;
  /** How fast points come; `undefined` where that is not known yet. */
  readonly pointsPerSecond: number | undefined;
  readonly spoolBytes: number;
  /** How many of the pending points are in the spool. */
  readonly spooled: number;
}

/** As `43 points wait, the oldest for 12 s; 32 MiB of memory is full in 11 minutes at this rate`. */
export function waitingText(situation: Situation): string {
  const { oldestPendingMs, pending } = situation;
  const verb = pending === 1 ? 'waits' : 'wait';
  return `${pointsText(pending)} ${verb}, the oldest for ${durationText(oldestPendingMs)}; ${roomText(situation)}`;
}

function roomText(situation: Situation): string {
  const { bytesPerPoint, maxMemoryBytes, maxSpoolBytes, memoryBytes, spoolBytes, spooled } = situation;
  const memory = `${bytesText(maxMemoryBytes)} of memory`;
  if (maxSpoolBytes === 0) return fullText(memory, maxMemoryBytes - memoryBytes, bytesPerPoint, situation);
  const spool = `${bytesText(maxSpoolBytes)} of spool`;
  // How far points can be compressed is known once some were.
  if (spooled > 0) return fullText(spool, maxSpoolBytes - spoolBytes, spoolBytes / spooled, situation);
  return `${fullText(memory, maxMemoryBytes - memoryBytes, bytesPerPoint, situation)}, then there is ${spool}`;
}

function fullText(
  room: string,
  freeBytes: number,
  bytesPerPoint: number | undefined,
  { pointsPerSecond }: Situation,
): string {
  const bytesPerSecond = (bytesPerPoint ?? 0) * (pointsPerSecond ?? 0);
  if (bytesPerSecond === 0) return `${room} can hold more`;
  return `${room} is full in ${durationText((Math.max(0, freeBytes) / bytesPerSecond) * 1000)} at this rate`;
}
