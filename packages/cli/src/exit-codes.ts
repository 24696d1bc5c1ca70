/** What the process ends with, for scripts. */
export const EXIT_CODES = Object.freeze({
  done: 0,
  failed: 1,
  /** Usage error. */
  usage: 2,
  /** By Ctrl-C, as shells have it: 128 and the number of SIGINT. */
  interrupted: 130,
} as const);

/** One of `EXIT_CODES`: what the command ends with. */
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];
