/** The code of a failure, as in `ENOSPC`; `undefined` where it has none. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const MAX_REASON_LENGTH = 1024;

/** A failure in words, short enough to keep. */
export function reasonOf(error: unknown): string {
  return capReason(error instanceof Error ? error.message : String(error));
}

/** As much of a reason as is kept: an answer may be 252 KB long. */
export function capReason(reason: string): string {
  return reason.length <= MAX_REASON_LENGTH ? reason : `${reason.slice(0, MAX_REASON_LENGTH - 1)}…`;
}
