/**
 * Reads a Retry-After header.
 *
 * @param nowMs - the present, in milliseconds since the epoch
 * @returns milliseconds to wait, or `undefined` where the header is missing or says nothing
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  // A date of HTTP begins with its weekday; Date.parse takes `-5` for one too.
  const dateMs = /^[a-z]/i.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
