/** How many UTF-16 units of a tag value, tag key, field key or series name are kept. */
export const MAX_NAME_LENGTH = 512;

/** How many bytes of UTF-8 a string field may have: InfluxDB 1.x documents 64 KB, others allow more. */
export const MAX_STRING_BYTES = 65_535;

const MAX_UTF8_BYTES_PER_UNIT = 3;
const LAST_HIGH_SURROGATE = 0xdbff;
const FIRST_HIGH_SURROGATE = 0xd800;

/** NUL too: InfluxDB 3 refuses it in a series name. */
const SPECIAL_IN_NAME = /[,= \n\r\t\0\\\ud800-\udfff]/;
const SPECIAL_IN_STRING = /["\\\n\r]/;

const CONTROL_ESCAPES: Readonly<Record<string, string>> = {
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\0': String.raw`\0`,
};

/**
 * Makes outside text safe as a tag value.
 *
 * - a comma, an equals sign and a space get a backslash;
 * - line ends, tabs and NUL become the two characters `\n`, `\r`, `\t`, `\0`;
 * - backslashes before a comma, an equals sign, a space or a quote, and at the end, go away: InfluxDB 1 and 2 read `\\,`
 *   as a backslash and a comma, InfluxDB 3 and VictoriaMetrics as a backslash and the end of the tag;
 * - halves of surrogate pairs become U+FFFD, as they would on the wire.
 *
 * @returns the text for the wire; empty where nothing is left
 */
export function escapeName(text: string): string {
  return escapeSpecial(cleanName(text));
}

/**
 * Makes a tag key or field key safe: as a tag value, and renamed where InfluxDB keeps the name for itself.
 *
 * `time` becomes `time_`, and underscores at the beginning move to the end.
 */
export function escapeKey(key: string): string {
  return escapeSpecial(allowedName(cleanName(key)));
}

/** Makes a series name safe: as a key, but without a leading `#`, which would make the line a comment. */
export function escapeSeries(series: string): string {
  const name = cleanName(series);
  const prefix = /^[#_]*/.exec(name)?.[0] ?? '';
  const rest = name.slice(prefix.length);
  // An equals sign needs no backslash here, and InfluxDB would read both alike.
  return rest === '' ? '' : allowedName(prefix.replaceAll('#', '') + rest).replace(/[, ]/g, '\\$&');
}

/** Takes the escapes out again: what InfluxDB reads. */
export function unescapeName(wireText: string): string {
  return wireText.replace(/\\([,= ])/g, '$1');
}

/** Cuts a name or tag value to 512 UTF-16 units, between code points. */
export function capName(text: string): string {
  return text.length > MAX_NAME_LENGTH ? cutText(text, MAX_NAME_LENGTH) : text;
}

/**
 * A string of its own. A slice keeps the whole of the text that it was cut from, which may be a message of megabytes;
 * what is remembered must not.
 */
export function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}

/**
 * Makes outside text safe between the quotes of a string field, of at most 65,535 bytes, counted before escaping.
 *
 * A quote and a backslash get a backslash; line ends become the two characters `\n`, `\r`.
 */
export function escapeString(text: string): string {
  const capped = capString(text);
  if (!SPECIAL_IN_STRING.test(capped)) return capped;
  // A raw line end is stored by InfluxDB but undocumented, and VictoriaMetrics drops the point: send the text `\n`.
  return capped.replace(/[\n\r]/g, controlEscape).replace(/["\\]/g, '\\$&');
}

/** True where `escapeString` would cut. */
export function isTooLongString(text: string): boolean {
  return text.length * MAX_UTF8_BYTES_PER_UNIT > MAX_STRING_BYTES && Buffer.byteLength(text) > MAX_STRING_BYTES;
}

/** The name as it will be read back, but for reserved names. */
function cleanName(text: string): string {
  const capped = capName(text);
  if (!SPECIAL_IN_NAME.test(capped)) return capped;
  return (
    capped
      // With the flag u only halves of pairs match.
      .replace(/[\ud800-\udfff]/gu, '\ufffd')
      .replace(/[\n\r\t\0]/g, controlEscape)
      // One pass, since a look-ahead would cost n² for n backslashes.
      .replace(/\\+([,= "])?/g, withoutBackslashes)
  );
}

function withoutBackslashes(run: string, next: string | undefined, offset: number, text: string): string {
  if (next !== undefined) return next;
  return offset + run.length === text.length ? '' : run;
}

function allowedName(name: string): string {
  if (name === 'time') return 'time_';
  if (!name.startsWith('_')) return name;
  const rest = name.replace(/^_+/, '');
  return rest === '' ? '' : rest + '_'.repeat(name.length - rest.length);
}

function escapeSpecial(name: string): string {
  return name.replace(/[,= ]/g, '\\$&');
}

function capString(text: string): string {
  if (!isTooLongString(text)) return text;
  const bytes = Buffer.from(text.slice(0, MAX_STRING_BYTES));
  let end = MAX_STRING_BYTES;
  // A byte 10xxxxxx continues a character: step back to where that character begins.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

function controlEscape(character: string): string {
  return CONTROL_ESCAPES[character] ?? character;
}

/** Cuts between code points. */
function cutText(text: string, length: number): string {
  const lastUnit = text.charCodeAt(length - 1);
  const isHalf = lastUnit >= FIRST_HIGH_SURROGATE && lastUnit <= LAST_HIGH_SURROGATE;
  return ownCopy(text.slice(0, isHalf ? length - 1 : length));
}
