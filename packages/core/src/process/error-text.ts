import { safeText } from './outside-text.ts';

/** The code of a failure, as in `ENOSPC`; `undefined` where it has none. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A failure in words that are fit to be told: see `safeText`. */
export function reasonOf(error: unknown): string {
  return safeText(error instanceof Error ? error.message : String(error));
}
