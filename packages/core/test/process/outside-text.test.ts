import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_TOLD_LENGTH, rememberCredential, safeText } from '../../src/process/outside-text.ts';
import { hostileText } from '../support/hostile.ts';

const LINES = Buffer.from(
  [
    'requests,route=GET:/users/ann\\ b,service=shop execution_time=0.25,request_id="5f0c-77ab" 1790000000000000001',
    'errors,service=shop message="the secret \\"word\\"" 1790000000000000002',
  ].join('\n'),
);

describe('text from outside', () => {
  it('is one line of printable text', () => {
    expect(safeText('a\u001b[2J\u0007 b\r\n\t c\u2028d\u202e\u200b\ud83d😀')).toBe(
      'a\\x1b[2J\\x07 b c d\\u202e\\u200b\\ud83d😀',
    );
  });

  it('is short, however long it was', () => {
    expect(safeText('😀'.repeat(300)).endsWith('😀…')).toBe(true);
    for (const length of [300, 301, 4096, 4097, 10_000_000]) {
      expect(safeText('x'.repeat(length)).length).toBeLessThanOrEqual(MAX_TOLD_LENGTH);
    }
    expect(safeText('x'.repeat(300))).toBe('x'.repeat(300));
    expect(safeText('x'.repeat(301)).endsWith('…')).toBe(true);
  });

  it('holds no known credential, in none of its spellings', () => {
    const credential = 'T0k/en+"ä==';
    rememberCredential(credential);
    const base64 = Buffer.from(credential).toString('base64');
    for (const spelling of [
      credential,
      encodeURIComponent(credential),
      JSON.stringify(credential),
      `Basic ${base64}`,
      base64.replace(/=+$/, ''),
      Buffer.from(credential).toString('base64url'),
    ]) {
      const told = safeText(`no such token: ${spelling}; ${spelling}`);
      expect(told).toContain('(credential)');
      expect(told).not.toContain(spelling);
    }
  });

  it('holds no part of a credential where it was cut', () => {
    rememberCredential('c'.repeat(64));
    const text = `${'c'.repeat(64).repeat(62)}${'c'.repeat(200)}`;
    expect(safeText(text)).not.toMatch(/c{3}/);
  });

  it('keeps its letters where a credential is very short', () => {
    rememberCredential('e');
    expect(safeText('the user "e" is refused')).toBe('the user "(credential)" is refused');
  });

  it('holds no data of the points that were sent, and keeps the names', () => {
    for (const [text, told] of [
      [
        'field type conflict: input field "request_id" on measurement "requests" is type float, already exists as type string dropped=2',
        undefined,
      ],
      ["unable to parse 'requests,route=GET:/users/ann\\ b,service=shop f=x 1'", /^unable to parse 'requests,route=…/],
      [
        'points beyond retention policy: route=GET:/users/ann b, service=shop',
        /^points beyond retention policy: route=…/,
      ],
      ['no such id: "5f0c-77ab".', /^no such id: "…"/],
      ['it says: the secret "word"', /^it says: … … "…"$/],
    ] as const) {
      const safe = safeText(text, LINES);
      expect(safe).toMatch(told ?? /.*/);
      if (told === undefined) expect(safe).toBe(text);
      expect(safe).not.toMatch(/ann|shop|5f0c|secret|word/);
    }
  });

  it('is always safe, whatever it is', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (text, lines) => {
        const safe = safeText(text, Buffer.from(lines));
        expect(safe.length).toBeLessThanOrEqual(MAX_TOLD_LENGTH);
        // eslint-disable-next-line no-control-regex -- these are what must not be there
        expect(safe).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/);
        expect(Buffer.from(safe).toString()).toBe(safe);
      }),
    );
  });

  it('takes time in proportion to what it reads', () => {
    const hostile = ['<', "unable to parse '", '=', ' ', '"', '\\', "':"].map((piece) => piece.repeat(20_000));
    const lines = Buffer.from(`m f="${'\\"='.repeat(300_000)}" 1`);
    const startedAtMs = performance.now();
    for (const text of hostile) safeText(text, lines);
    // Quadratic work on a MiB would take minutes.
    expect(performance.now() - startedAtMs).toBeLessThan(2000);
  });
});
