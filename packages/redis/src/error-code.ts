/** LUNA's "internal server error, unknown error". */
export const UNKNOWN_ERROR_CODE = '1';

/** An ioredis connection that closed unasked and without an error. */
export const CONNECTION_CLOSED_CODE = 'CONNECTION_CLOSED';

/** A subscriber that received nothing for as long as its silence alarm allows. */
export const SILENT_CODE = 'SILENT';

const UPPER_CASE_TOKEN = /^[A-Z][A-Z0-9_]*$/;

/**
 * The code of an error: its `errorCode` or `error_code`, its `code` where that is a number or an upper-case token
 * (`ECONNREFUSED`), else what the user's function says, else `1`.
 */
export function errorCodeOf(
  error: unknown,
  getErrorCode: ((error: unknown) => number | string | undefined) | undefined,
): string {
  return carriedCode(error) ?? userCode(error, getErrorCode) ?? UNKNOWN_ERROR_CODE;
}

function carriedCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    const { errorCode, error_code, code } = error as { errorCode?: unknown; error_code?: unknown; code?: unknown };
    return usableCode(errorCode) ?? usableCode(error_code) ?? usableCode(isToken(code) ? code : undefined);
  } catch {
    // A getter of the error threw.
    return undefined;
  }
}

function userCode(
  error: unknown,
  getErrorCode: ((error: unknown) => number | string | undefined) | undefined,
): string | undefined {
  try {
    return usableCode(getErrorCode?.(error));
  } catch {
    return undefined;
  }
}

function isToken(code: unknown): boolean {
  return typeof code === 'number' || (typeof code === 'string' && UPPER_CASE_TOKEN.test(code));
}

function usableCode(code: unknown): string | undefined {
  if (typeof code === 'number') return Number.isFinite(code) ? String(code) : undefined;
  return typeof code === 'string' && code !== '' ? code : undefined;
}
