import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableJson } from '../src/printable.ts';

/** What a terminal obeys, or hides text by; written otherwise than in the source. */
function isHarmless(text: string): boolean {
  return !/\p{Cc}|\p{Bidi_Control}|\p{Zl}|\p{Zp}|\u200b|\ufeff/u.test(text);
}

/** Text in which half of the characters are of the kinds in question. */
const hostileText = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom(
      '\u001b',
      '\n',
      '\u007f',
      '\u0085',
      '\u009b',
      '\u200b',
      '\u202e',
      '\u2028',
      '\u2029',
      '\ufeff',
      '"',
      '\\',
    ),
  ),
});

describe('printable', () => {
  it('shows escape sequences, line ends and marks of direction instead of obeying them', () => {
    expect(printable('a\u001b[2Jb\r\nc\u009bd\u202ee\u007f')).toBe(
      'a\\u{1b}[2Jb\\u{d}\\u{a}c\\u{9b}d\\u{202e}e\\u{7f}',
    );
  });

  it('leaves words of all languages as they are', () => {
    expect(printable('café Ελλάδα 中文 🚀')).toBe('café Ελλάδα 中文 🚀');
  });

  it('lets nothing through that a terminal obeys', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(isHarmless(printable(text))).toBe(true);
      }),
    );
  });
});

describe('printableJson', () => {
  it('is JSON of the same value, with nothing in it that a terminal obeys', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const json = printableJson({ text });
        expect(isHarmless(json)).toBe(true);
        expect(JSON.parse(json)).toEqual({ text });
      }),
    );
  });
});
