/** How many UTF-16 units of a tag value, tag key, field key or series name are kept. */
export const MAX_NAME_LENGTH = 512;

/** How many bytes of UTF-8 a string field may have: InfluxDB 1.x documents 64 KB, others allow more. */
export const MAX_STRING_BYTES = 65_535;

const MAX_UTF8_BYTES_PER_UNIT = 3;
const LAST_HIGH_SURROGATE = 0xdbff;
const FIRST_HIGH_SURROGATE = 0xd800;

const SPECIAL_IN_NAME = /[,= \n\r\t\\]/;
const SPECIAL_IN_STRING = /["\\\n\r]/;

const CONTROL_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Makes outside text safe as a tag key, tag value or field key.
 *
 * A comma, an equals sign and a space get a backslash; line ends and tabs become the two characters `\n`, `\r`, `\t`;
 * backslashes at the end go away, since InfluxDB has no way to write them there (they would escape what follows).
 *
 * @returns the text for the wire; empty where nothing is left
 */
export function escapeName(text: string): string {
  const capped = capName(text);
  return SPECIAL_IN_NAME.test(capped) ? escapeSpecial(capped) : capped;
}

/** Cuts a name or tag value to 512 UTF-16 units, between code points. */
export function capName(text: string): string {
  return text.length > MAX_NAME_LENGTH ? cutText(text, MAX_NAME_LENGTH) : text;
}

/**
 * Makes a tag key or field key safe: as a tag value, and renamed where InfluxDB keeps the name for itself.
 *
 * `time` becomes `time_`, and underscores at the beginning move to the end.
 */
export function escapeKey(key: string): string {
  return escapeName(allowedName(key));
}

/** Makes a series name safe: as a key, but without a leading `#`, which would make the line a comment. */
export function escapeSeries(series: string): string {
  // An equals sign needs no backslash here, and InfluxDB would read both alike.
  return escapeKey(series.replace(/^#+/, '')).replaceAll('\\=', '=');
}

/** Makes outside text a quoted string field of at most 65,535 bytes, counted before escaping. */
export function quoteString(text: string): string {
  const capped = capString(text);
  if (!SPECIAL_IN_STRING.test(capped)) return `"${capped}"`;
  // A raw line end is stored by InfluxDB but undocumented, and VictoriaMetrics drops the point: send the text `\n`.
  return `"${capped.replace(/[\n\r]/g, controlEscape).replace(/["\\]/g, '\\$&')}"`;
}

/** True where `quoteString` would cut. */
export function isTooLongString(text: string): boolean {
  return text.length * MAX_UTF8_BYTES_PER_UNIT > MAX_STRING_BYTES && Buffer.byteLength(text) > MAX_STRING_BYTES;
}

function allowedName(name: string): string {
  if (name === 'time') return 'time_';
  if (!name.startsWith('_')) return name;
  const rest = name.replace(/^_+/, '');
  return rest === '' ? '' : rest + '_'.repeat(name.length - rest.length);
}

function capString(text: string): string {
  if (!isTooLongString(text)) return text;
  const bytes = Buffer.from(text.slice(0, MAX_STRING_BYTES));
  let end = MAX_STRING_BYTES;
  // A byte 10xxxxxx continues a character: step back to where that character begins.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

function escapeSpecial(text: string): string {
  return text
    .replace(/[\n\r\t]/g, controlEscape)
    .replace(/\\+$/, '')
    .replace(/[,= ]/g, '\\$&');
}

function controlEscape(character: string): string {
  return CONTROL_ESCAPES[character] ?? character;
}

/** Cuts between code points, into a string of its own: a slice would keep the whole of a long text in memory. */
function cutText(text: string, length: number): string {
  const lastUnit = text.charCodeAt(length - 1);
  const isHalf = lastUnit >= FIRST_HIGH_SURROGATE && lastUnit <= LAST_HIGH_SURROGATE;
  return Buffer.from(text.slice(0, isHalf ? length - 1 : length)).toString();
}
