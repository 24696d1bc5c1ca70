/** The code of an error, as the tag `error_code` holds it. */
export type ErrorCode = number | string;

/** The longest text that is still a code and not a message. */
const MAX_CODE_LENGTH = 128;

/** What a `code` must look like: `ECONNRESET`, `ERR_HTTP_INVALID_STATUS_CODE`. */
const UPPER_CASE_TOKEN = /^[A-Z][A-Z0-9_]*$/;

/**
 * The code that an error carries: `errorCode`, `error_code`, or `code` where that is a number or an upper-case token
 * (docs/data-model.md has the rule for all series).
 *
 * @param error - whatever was thrown or passed on
 * @returns `undefined` where it carries none; never throws, whatever the error's getters do
 */
export function codeOfError(error: unknown): ErrorCode | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    return lunaCode(error) ?? plainCode(error);
  } catch {
    return undefined;
  }
}

/** A code as a user gives it: a finite number, a bigint, or text of 1 to 128 characters. Anything else counts as none. */
export function checkedCode(code: unknown): ErrorCode | undefined {
  if (typeof code === 'number') return Number.isFinite(code) ? code : undefined;
  if (typeof code === 'bigint') return String(code);
  return typeof code === 'string' && code !== '' && code.length <= MAX_CODE_LENGTH ? code : undefined;
}

function lunaCode(error: object): ErrorCode | undefined {
  const code = 'errorCode' in error ? checkedCode(error.errorCode) : undefined;
  return code ?? ('error_code' in error ? checkedCode(error.error_code) : undefined);
}

function plainCode(error: object): ErrorCode | undefined {
  const code = 'code' in error ? checkedCode(error.code) : undefined;
  return typeof code === 'string' && !UPPER_CASE_TOKEN.test(code) ? undefined : code;
}
