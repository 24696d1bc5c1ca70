/** What stands where there is no account. */
export const NO_ACCOUNT = 'none';

/** How much of an account is kept: it often comes from a header, and a tag's values stay in memory and in the index. */
export const MAX_ACCOUNT_LENGTH = 128;

const FIRST_HIGH_SURROGATE = 0xd800;
const LAST_HIGH_SURROGATE = 0xdbff;

/** An account as the tag holds it: its first 128 characters, or `none` for what is no text. */
export function checkedAccount(account: unknown): string {
  if (typeof account !== 'string' || account === '') return NO_ACCOUNT;
  if (account.length <= MAX_ACCOUNT_LENGTH) return account;
  const lastUnit = account.charCodeAt(MAX_ACCOUNT_LENGTH - 1);
  const isHalf = lastUnit >= FIRST_HIGH_SURROGATE && lastUnit <= LAST_HIGH_SURROGATE;
  // A slice would keep the whole of the text that it was cut from.
  return Buffer.from(account.slice(0, isHalf ? MAX_ACCOUNT_LENGTH - 1 : MAX_ACCOUNT_LENGTH)).toString();
}
