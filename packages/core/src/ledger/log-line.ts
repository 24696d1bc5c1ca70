/**
 * The code of each line of log: what it means, what is at risk and what to do is in docs/runbook.md, a row a code.
 */
export const LOG_CODES = [
  'MON_DEFAULT_SERVICE',
  'MON_DROPPED',
  'MON_EVENT_TIME',
  'MON_IN_MEMORY',
  'MON_LANES_TAKEN',
  'MON_LOST_IN_ALL',
  'MON_NEEDS_OPERATOR',
  'MON_RECOVERED',
  'MON_REFUSED',
  'MON_SET_ASIDE',
  'MON_SPOOL_ADOPTED',
  'MON_SPOOL_BROKEN',
  'MON_SPOOL_FULL',
  'MON_SPOOL_UNWRITABLE',
  'MON_TAG_LIMIT',
  'MON_VARIABLE_IGNORED',
  'MON_VERSION',
  'MON_WAITING',
] as const;

/** A code of `LOG_CODES`. */
export type LogCode = (typeof LOG_CODES)[number];

/** A line of log as a logger gets it: the code last, so that whoever reads it can look it up. */
export function logLine(code: LogCode, text: string): string {
  return `influx-monitoring: ${text} [${code}]`;
}
