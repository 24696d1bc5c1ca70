import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_SEARCHED_LENGTH,
  MAX_SEARCHED_STRINGS,
  RequestIdScan,
  requestIdOfUser,
} from '../../src/messages/request-id-scan.ts';

/** One scan for all: whatever it learned of other payloads may not matter. */
const scan = new RequestIdScan();

function requestIdOfPayload(message: unknown): string {
  const id = scan.requestIdOf(message);
  expect(new RequestIdScan().requestIdOf(message)).toBe(id);
  return id;
}

/** The plain version: what the scanner must agree with wherever the payload is JSON. */
function requestIdByParsing(message: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(message);
  } catch {
    return 'none';
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return 'none';
  const { request_id: snake, requestId: camel } = parsed as { request_id?: unknown; requestId?: unknown };
  for (const id of [snake, camel]) {
    if (typeof id === 'string' && id !== '') return id.slice(0, 256);
    if (typeof id === 'number') return String(id);
  }
  return 'none';
}

describe('the request id of a payload', () => {
  it.each([
    ['a JSON object with request_id', '{"request_id":"a"}', 'a'],
    ['one with requestId', '{"requestId":"b"}', 'b'],
    ['both: request_id is first', '{"requestId":"b","request_id":"a"}', 'a'],
    ['request_id of no use, requestId of some', '{"request_id":null,"requestId":"b"}', 'b'],
    ['white space everywhere', ' \n{ "x" : [ 1 ] ,\t"request_id" :\r\n "a" }', 'a'],
    ['a number', '{"request_id": 42}', '42'],
    ['a number that no double holds', '{"request_id":12345678901234567890}', '12345678901234567890'],
    ['a number in the last place', '{"x":1,"request_id":-1.5e3}', '-1.5e3'],
    ['escapes', '{"request_id":"a\\"b\\\\\\u00e9\\n"}', 'a"b\\é\n'],
    ['letters beyond ASCII', '{"request_id":"заявка"}', 'заявка'],
    ['a nested one', '{"event":{"request_id":"a"}}', 'none'],
    ['a nested one before its own', '{"event":{"request_id":"a"},"request_id":"b"}', 'b'],
    ['one in an array', '[{"request_id":"a"}]', 'none'],
    ['the key as a value', '{"x":"request_id","y":"b"}', 'none'],
    ['the key in a text', '{"x":"\\"request_id\\":\\"a\\"","request_id":"b"}', 'b'],
    ['the key in a text that ends in backslashes', '{"x":"\\\\","request_id":"b"}', 'b'],
    ['an empty id', '{"request_id":""}', 'none'],
    ['a boolean', '{"request_id":true}', 'none'],
    ['an object', '{"request_id":{"request_id":"a"}}', 'none'],
    ['a word for a number', '{"request_id":12ab}', 'none'],
    ['a broken escape', '{"request_id":"\\x"}', 'none'],
    ['JSON that breaks off behind the id', '{"request_id":"a","x":', 'a'],
    ['JSON that breaks off in the key', '{"request_id', 'none'],
    ['JSON that breaks off behind the key', '{"request_id"', 'none'],
    ['a string', '"request_id"', 'none'],
    ['no JSON', 'quest', 'none'],
    ['nothing', '', 'none'],
    ['__proto__', '{"__proto__":{"request_id":"a"}}', 'none'],
  ])('is found in %s', (_title, payload, id) => {
    expect(requestIdOfPayload(payload)).toBe(id);
    expect(requestIdOfPayload(Buffer.from(payload))).toBe(id);
  });

  it('is what parsing gives, for any JSON object', () => {
    const key = fc.oneof(
      fc.constantFrom('request_id', 'requestId', 'quest', '"request_id"', 'x"request_id', '\\', '__proto__'),
      fc.string(),
    );
    const leaf = fc.oneof(
      fc.constantFrom('request_id', '"requestId":"b"', '\\"', '{"request_id":"a"}', ''),
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 5 }),
      ),
    }));
    const indent = fc.constantFrom(0, 2);
    fc.assert(
      fc.property(value, indent, (payload, spaces) => {
        const text = JSON.stringify(payload, undefined, spaces);
        expect(requestIdOfPayload(text)).toBe(requestIdByParsing(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('is none, and nothing is thrown, for any other text and bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(requestIdOfPayload(text)).toBe('none');
        expect(requestIdOfPayload(Buffer.from(text, 'latin1'))).toBe('none');
      }),
    );
    for (const message of [undefined, null, 7, ['{"request_id":"a"}'], { request_id: 'a' }]) {
      expect(requestIdOfPayload(message)).toBe('none');
    }
  });

  it('is cut to 256 characters', () => {
    expect(requestIdOfPayload(JSON.stringify({ request_id: 'x'.repeat(300) }))).toBe('x'.repeat(256));
    expect(requestIdOfPayload(`{"request_id":${'1'.repeat(300)}}`)).toBe('1'.repeat(256));
    expect(requestIdOfUser('x'.repeat(300))).toBe('x'.repeat(256));
  });

  it('is not looked for behind the first 65,536 characters', () => {
    const early = JSON.stringify({ x: 'x'.repeat(MAX_SEARCHED_LENGTH - 40), request_id: 'a' });
    const late = JSON.stringify({ x: 'x'.repeat(MAX_SEARCHED_LENGTH), request_id: 'a' });
    expect(requestIdOfPayload(early)).toBe('a');
    expect(requestIdOfPayload(late)).toBe('none');
    expect(requestIdOfPayload(Buffer.from(late))).toBe('none');
  });

  it('is not looked for behind 1,000 strings', () => {
    const withStrings = (count: number): string => `{${'"":1,'.repeat(count)}"request_id":"a"}`;
    expect(requestIdOfPayload(withStrings(MAX_SEARCHED_STRINGS))).toBe('a');
    expect(requestIdOfPayload(withStrings(MAX_SEARCHED_STRINGS + 1))).toBe('none');
  });

  it('is found however many messages before had none, or had it elsewhere', () => {
    for (let index = 0; index < 1000; index += 1) {
      expect(scan.requestIdOf('{"event":{"request_id":"a"}}')).toBe('none');
      expect(scan.requestIdOf(`{"v${String(index)}":1,"request_id":"b"}`)).toBe('b');
    }
    expect(scan.requestIdOf('{"v":1,"request_id":"c"}')).toBe('c');
    expect(scan.requestIdOf('{"v":{"request_id":"d"},"requestId":"e"}')).toBe('e');
  });

  it.each([
    ['a', 'a'],
    [7, '7'],
    [7n, '7'],
    ['', 'none'],
    [undefined, 'none'],
    [{}, 'none'],
  ])('is what the user says, %s', (said, id) => {
    expect(requestIdOfUser(said)).toBe(id);
  });
});
