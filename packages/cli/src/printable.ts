/**
 * What could steer a terminal or hide text in it: controls of both sets, marks of direction, ends of lines and
 * paragraphs, and what has no width.
 */
// eslint-disable-next-line no-control-regex -- They are what this is about.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text from outside as one line that a terminal shows and does not obey: `\u{1b}[2J` for an escape sequence. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

/** JSON on one line; what it leaves as it is and a terminal obeys is escaped, too. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
