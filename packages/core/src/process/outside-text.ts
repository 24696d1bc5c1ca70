import { processWide } from './process-wide.ts';

/** How much of an outside text is told on. */
export const MAX_TOLD_LENGTH = 300;

/** How much of it is looked at. */
const MAX_READ_LENGTH = 4096;

/** A client that is made anew for each request must not fill memory. */
const MAX_CREDENTIALS = 200;

/** A shorter one is replaced only where it stands alone: else a password of one letter would take that letter from all. */
const MIN_EMBEDDED_LENGTH = 4;

const CREDENTIAL_MARK = '(credential)';
const DATA_MARK = '…';

/** What would move the cursor, hide text or turn its direction in a terminal or a log: C0, C1, bidi, zero width, lone halves. */
const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}/gu;

/** Has a credential replaced in every outside text from now on, as it is and as it stands in a URL, a header or JSON. */
export function rememberCredential(credential: string | undefined): void {
  if (credential === undefined || credential === '') return;
  const known = knownCredentials();
  // The last ones used are the last to go.
  known.delete(credential);
  known.set(credential, spellingsOf(credential));
  if (known.size <= MAX_CREDENTIALS) return;
  const [oldest] = known.keys();
  if (oldest !== undefined) known.delete(oldest);
}

/**
 * Makes text from outside (an answer of a server, a message of an error, a name of a file) fit to be told in a log, an
 * event, `stats()` or by a command: one line of at most 300 characters, without known credentials (see
 * `rememberCredential`), without control characters, and without data of points. Names of series and of keys stay.
 *
 * It is linear in the length of both, and never throws.
 *
 * Whoever gets text from outside calls it once, where it comes in: a wire for each answer, with the bytes that it sent, and
 * for each error of a socket; the spool for errors of the file system. What is told goes through it once more, without the
 * bytes, in ledger/events: so text of a wire of the user's own is safe, too.
 *
 * @param text - of any length
 * @param sentBytes - the lines that the text may quote, joined by line ends
 *
 * @example
 * ```ts
 * import { rememberCredential, safeText } from '@influx-monitoring/core/internal';
 *
 * rememberCredential('s3cret');
 * safeText('no such token: s3cret\u001b[2J'); // 'no such token: (credential)\\x1b[2J'
 * safeText('m,user=ann is too old', Buffer.from('m,user=ann f=1 1')); // 'm,user=… is too old'
 * ```
 */
export function safeText(text: string, sentBytes?: Uint8Array): string {
  const isCut = text.length > MAX_READ_LENGTH;
  let safe = withoutCredentials(text.slice(0, MAX_READ_LENGTH), isCut);
  if (sentBytes !== undefined)
    safe = withoutData(safe, Buffer.from(sentBytes.buffer, sentBytes.byteOffset, sentBytes.length));
  safe = safe.replace(/\s+/g, ' ').trim().replace(UNPRINTABLE, escapeCharacter);
  return safe.length <= MAX_TOLD_LENGTH && !isCut
    ? safe
    : `${safe.slice(0, MAX_TOLD_LENGTH - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

function knownCredentials(): Map<string, readonly string[]> {
  return processWide('core.credentials', 1, () => new Map<string, readonly string[]>());
}

/** Longest first, since one may hold another. */
function spellingsOf(credential: string): readonly string[] {
  const base64 = Buffer.from(credential).toString('base64');
  const spellings = [
    credential,
    encodeURIComponent(Buffer.from(credential).toString()),
    JSON.stringify(credential).slice(1, -1),
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(credential).toString('base64url'),
  ];
  return [...new Set(spellings)].sort((one, other) => other.length - one.length);
}

/** @param isCut - true where a credential may be cut at the end of the text: then so much is left out there */
function withoutCredentials(text: string, isCut: boolean): string {
  let safe = text;
  let longest = 0;
  const spellings = [...knownCredentials().values()].flat().sort((one, other) => other.length - one.length);
  for (const spelling of spellings) {
    longest = Math.max(longest, spelling.length);
    if (spelling.length >= MIN_EMBEDDED_LENGTH) safe = safe.replaceAll(spelling, CREDENTIAL_MARK);
    else if (safe.includes(spelling)) safe = replaceAlone(safe, spelling);
  }
  return isCut ? safe.slice(0, Math.max(0, safe.length - longest)) : safe;
}

function replaceAlone(text: string, word: string): string {
  return text
    .split(/([\s"'`:;,=()[\]{}<>]+)/)
    .map((part) => (part === word ? CREDENTIAL_MARK : part))
    .join('');
}

/** What parts values in a sentence and in a line; a backslash, since lines escape with it. */
const PARTS = /([\s"'`,;=()[\]{}<>\\]+)/;

/** What is left of a text once every value that stands in the lines is taken out, and what stands after `key=`. */
function withoutData(text: string, lines: Buffer): string {
  const parts = text.split(PARTS);
  const words = parts.filter((part, index) => index % 2 === 0 && !IS_HARMLESS.test(part)).map(wordOf);
  const values = valuesAmong(words, lines);
  return parts
    .map((part, index) => {
      if (index % 2 === 1 || part === '') return part;
      // `dropped=2` is the database's own word.
      const isAssigned = (parts[index - 1] ?? '').endsWith('=') && parts[index - 2] !== 'dropped';
      return isAssigned || values.has(wordOf(part)) ? DATA_MARK : part;
    })
    .join('');
}

/** Says nothing of a point, though a line may hold it: a sign, a small number, a type of a field. */
const IS_HARMLESS = /^(.?|\d{1,3}|float|integer|unsigned|string|boolean)[.:!?]*$/;

/** A sentence ends in a sign that is none of the value. */
function wordOf(part: string): string {
  return part.replace(/[.:!?]+$/, '');
}

/** What ends a word in a line, by its byte. */
const ENDS_WORD = new Uint8Array(256);
for (const byte of Buffer.from(' ",\n\\;()[]{}<>\'`\t\r=')) ENDS_WORD[byte] = 1;

const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const LINE_END = 0x0a;
/** What ends a value, outside of quotes and without a backslash. */
const VALUE_ENDS: ReadonlySet<number> = new Set(Buffer.from(' ,\n'));

/** Which of some words stand in a value of the lines: after an equals sign, up to the next comma or space. */
function valuesAmong(words: readonly string[], lines: Buffer): ReadonlySet<string> {
  const wanted = new Set(words);
  const lengths = new Set(words.map((word) => Buffer.byteLength(word)));
  const found = new Set<string>();
  let isValue = false;
  let isQuoted = false;
  let start = 0;
  for (let index = 0; index <= lines.length; index += 1) {
    const byte = lines[index] ?? LINE_END;
    if (ENDS_WORD[byte] === 0) continue;
    if (isValue && lengths.has(index - start)) {
      const word = lines.toString('utf8', start, index);
      if (wanted.delete(word)) found.add(word);
    }
    if (byte === BACKSLASH) index += ENDS_WORD[lines[index + 1] ?? 0] ?? 0;
    else if (byte === QUOTE) isQuoted = isValue && !isQuoted;
    else if (byte === EQUALS) isValue = true;
    else if (!isQuoted && VALUE_ENDS.has(byte)) isValue = false;
    start = index + 1;
  }
  return found;
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
