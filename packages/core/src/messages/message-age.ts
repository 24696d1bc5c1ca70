import { processWide } from '../process/process-wide.ts';

/** How old a message may be before a send no longer counts as an answer to it, in seconds. */
export const DEFAULT_MAX_MESSAGE_AGE_SECONDS = 60;

/** In `stats().counters`: how often a message was carried that is too old to be the cause of anything. */
export const MESSAGE_TOO_OLD = 'message_too_old';

/** What the age of a message is told from. */
interface AgingMessage {
  /** In milliseconds of `performance.now()`. */
  readonly receivedAtMs: number;
}

/** A monitoring, as far as the age of messages goes. */
interface AgeCounter {
  countEvent(name: string): void;
}

const MILLISECONDS_PER_SECOND = 1000;
const DEFAULT_LIMIT_MS = DEFAULT_MAX_MESSAGE_AGE_SECONDS * MILLISECONDS_PER_SECOND;

/** The limits of all monitorings in milliseconds, and the one that was made last: it speaks for the process. */
const limits = processWide('core.message-age', 1, () => ({
  byMonitoring: new WeakMap<object, number>(),
  last: undefined as AgeCounter | undefined,
}));

/** Says how old a message may be for a new monitoring, in seconds. */
export function setMaxMessageAge(monitoring: AgeCounter, maxAgeSeconds: number): void {
  limits.byMonitoring.set(monitoring, maxAgeSeconds * MILLISECONDS_PER_SECOND);
  limits.last = monitoring;
}

/** Whether a message is too old for a monitoring, which then counts it. */
export function isTooOld(message: AgingMessage, monitoring: AgeCounter): boolean {
  const limitMs = limits.byMonitoring.get(monitoring) ?? DEFAULT_LIMIT_MS;
  if (!isOlder(message, limitMs)) return false;
  monitoring.countEvent(MESSAGE_TOO_OLD);
  return true;
}

/** The same for the monitoring that was made last, or for the default limit where there is none. */
export function isTooOldForProcess(message: AgingMessage): boolean {
  return limits.last === undefined ? isOlder(message, DEFAULT_LIMIT_MS) : isTooOld(message, limits.last);
}

function isOlder({ receivedAtMs }: AgingMessage, limitMs: number): boolean {
  return performance.now() - receivedAtMs > limitMs;
}
