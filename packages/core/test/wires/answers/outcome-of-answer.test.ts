import { describe, expect, it } from 'vitest';
import { batchOfText } from '../../../src/batch/batch.ts';
import type { Batch, Outcome } from '../../../src/batch/outcome.ts';
import { outcomeOfAnswer, outcomeOfFailure } from '../../../src/wires/answers/outcome-of-answer.ts';
import { retryAfterMs } from '../../../src/wires/answers/retry-after.ts';
import { runAtOnce, piecesOf } from '../../support/steps.ts';

const LINES = ['m,t=a f=1 1', 'm,t=b f=NaN 2', 'm,t=c f=3 3', 's q="x\': dropped=7" 4'];
const BATCH = batchOfText(LINES.join('\n'));
const HTML = '<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>';

function outcome(status: number, body = '', retryAfter?: string, batch: Batch = BATCH): Outcome {
  return runAtOnce(outcomeOfAnswer({ status, pieces: piecesOf(body), isCut: false, retryAfter }, batch)).outcome;
}

function version1(error: string): string {
  return `${JSON.stringify({ error })}\n`;
}

function version2(code: string, message: string): string {
  return JSON.stringify({ code, message });
}

describe('an answer that stored everything', () => {
  it.each([
    ['204', 204, ''],
    ['201', 201, ''],
    ['Enterprise that will store it', 500, version1('hinted handoff queue not empty')],
  ])('is delivered: %s', (_name, status, body) => {
    expect(outcome(status, body)).toEqual({ kind: 'delivered' });
  });
});

describe('an answer that stored a part', () => {
  const CONFLICT = 'input field "f" on measurement "m" is type float, already exists as type integer';

  it.each([
    [
      '1.x, a conflict of another series',
      400,
      version1(`partial write: field type conflict: ${CONFLICT.replace('"m"', '"pc"')} dropped=2`),
    ],
    [
      '2.7, a conflict in other words',
      422,
      version2('unprocessable entity', 'partial write: field type conflict dropped=3'),
    ],
    [
      '1.x, a limit of series',
      400,
      version1('partial write: max-series-per-database limit exceeded: (1000000) dropped=3'),
    ],
    ['a cloud (TSM)', 400, version2('invalid', 'partial write error (5 accepted): 1 out of 6 points rejected')],
    ['3 without a list', 400, '{"error":"partial write of line protocol occurred","data":null}'],
  ])('names no line: %s', (_name, status, body) => {
    expect(outcome(status, body)).toMatchObject({ kind: 'refused' });
    expect(outcome(status, body)).not.toHaveProperty('refusedLines');
  });

  it.each([
    ['all of them', 'partial write: max-series-per-database limit exceeded: (1) dropped=4', [0, 1, 2, 3]],
    ['the oldest', 'partial write: points beyond retention policy dropped=2', [0, 1]],
    [
      'those before a bound',
      `partial write: dropped 2 points outside retention policy of duration 1h0m0s - oldest point m,t=a at X dropped because it violates a Retention Policy Lower Bound at 1970-01-01T00:00:00.000000003Z, newest point m,t=b at X dropped because it violates a Retention Policy Lower Bound at 1970-01-01T00:00:00.000000003Z dropped=2 for database: d for retention policy: autogen`,
      [0, 1],
    ],
    ['those with a field of that type', `partial write: field type conflict: ${CONFLICT} dropped=3`, [0, 1, 2]],
  ])('names %s', (_name, sentence, indexes) => {
    expect(outcome(400, version1(sentence))).toMatchObject({ refusedLines: indexes.map((index) => ({ index })) });
  });

  it.each([
    ['float', 'm f=1 1\nm f=t 2\nm f=2i 3\nm f="x" 4', [0]],
    ['integer', 'm f=1 1\nm f=2i 2\nm f=3u 3', [1]],
    ['unsigned', 'm f=1 1\nm f=2i 2\nm f=3u 3', [2]],
    ['boolean', 'm f=1 1\nm f=TRUE 2\nm f=false 3\nm g=t 4', [1, 2]],
    ['string', 'm f=1 1\nm f="2i" 2', [1]],
  ])('names those with a field of the type %s', (type, lines, indexes) => {
    const conflict = `input field "f" on measurement "m" is type ${type}, already exists as type other`;
    const body = version1(`partial write: field type conflict: ${conflict} dropped=${String(indexes.length)}`);
    expect(outcome(400, body, undefined, batchOfText(lines))).toMatchObject({
      refusedLines: indexes.map((index) => ({ index })),
    });
  });

  it('names none of the oldest where one of them and the next have one time', () => {
    const body = version1('partial write: points beyond retention policy dropped=2');
    const batch = batchOfText('m f=1 5\nm f=2 3\nm f=3 5\nm f=4 7');
    expect(outcome(400, body, undefined, batch)).not.toHaveProperty('refusedLines');
    const clear = batchOfText('m f=1 5\nm f=2 3\nm f=3 6\nm f=4 7');
    expect(outcome(400, body, undefined, clear)).toMatchObject({ refusedLines: [{ index: 1 }, { index: 0 }] });
  });

  it('names a line without a time neither among the oldest nor among those outside of a bound', () => {
    const body = version1('partial write: points beyond retention policy dropped=1');
    const batch = batchOfText('m f=1\nm f=2 3\nm f=3 5');
    expect(outcome(400, body, undefined, batch)).toMatchObject({ refusedLines: [{ index: 1 }] });
  });

  it('names those after an upper bound', () => {
    const bound = 'dropped because it violates a Retention Policy Upper Bound at 1970-01-01T00:00:00.000000002Z';
    const sentence = `partial write: dropped 2 points outside retention policy of duration 1h0m0s - oldest point m ${bound}, newest point m ${bound} dropped=2 for database: d for retention policy: r`;
    expect(outcome(422, version2('x', sentence))).toMatchObject({ refusedLines: [{ index: 2 }, { index: 3 }] });
  });

  it('names none where the number and the bound disagree', () => {
    const bound = 'dropped because it violates a Retention Policy Lower Bound at 1970-01-01T00:00:00.000000003Z';
    const sentence = `partial write: dropped 3 points outside retention policy of duration 1h0m0s - oldest point m ${bound} dropped=3 for database: d for retention policy: r`;
    expect(outcome(422, version2('unprocessable entity', sentence))).not.toHaveProperty('refusedLines');
  });

  it.each(['s,host=dropped=1 ', 'Retention Policy Lower Bound at 2099-01-01T00:00:00Z '])(
    'is not misled by what a series key says: %s',
    (key) => {
      const bound = 'dropped because it violates a Retention Policy Lower Bound at 1970-01-01T00:00:00.000000002Z';
      const sentence = `partial write: dropped 1 points outside retention policy of duration 1h0m0s - oldest point ${key} ${bound}, newest point ${key} ${bound} dropped=1 for database: d for retention policy: r`;
      expect(outcome(422, version2('x', sentence))).toMatchObject({ refusedLines: [{ index: 0 }] });
    },
  );

  it('tells lines apart by a request of their own where the number is another', () => {
    const body = version1(`partial write: field type conflict: ${CONFLICT} dropped=2`);
    const steps = outcomeOfAnswer({ status: 400, pieces: [body], isCut: false }, BATCH);
    expect(runAtOnce(steps)).toMatchObject({ outcome: { kind: 'refused' }, supposed: [0, 1, 2] });
  });

  it.each([
    [
      'a line beside the message',
      { code: 'invalid', line: 2, message: 'partial write has occurred, errors encountered on line(s):\nno' },
      [1],
    ],
    [
      'lines in the text',
      { code: 'invalid', message: 'errors encountered on line(s): line 2: no field\nline 3: bad' },
      [1, 2],
    ],
    ['a line that is not there', { code: 'invalid', line: 9, message: 'partial write has occurred' }, undefined],
  ])('reads the numbers of a cloud: %s', (_name, body, indexes) => {
    const expected = indexes === undefined ? {} : { refusedLines: indexes.map((index) => ({ index })) };
    expect(outcome(400, JSON.stringify(body))).toMatchObject({ kind: 'refused', ...expected });
    if (indexes === undefined) expect(outcome(400, JSON.stringify(body))).not.toHaveProperty('refusedLines');
  });

  it('gives each line of 3 its own reason, and believes no number whose line is another', () => {
    const data = [
      { original_line: 'm,t=b f', line_number: 2, error_message: "Unable to parse float value 'NaN'" },
      { original_line: 'other', line_number: 3, error_message: 'no' },
    ];
    const { refusedLines } = outcome(
      400,
      JSON.stringify({ error: 'partial write of line protocol occurred', data }),
    ) as { refusedLines: unknown };
    expect(refusedLines).toEqual([{ index: 1, reason: "HTTP 400: Unable to parse float value '…'" }]);
  });

  it('is delivered where only a field was left out: 2.9', () => {
    const sentence =
      'failure writing points to database: partial write: invalid field name: input field "time" on measurement "m" has been stripped from point dropped=0';
    expect(outcome(422, version2('unprocessable entity', sentence))).toEqual({ kind: 'delivered' });
  });

  it('names the lines that 1.x could not parse, though it says dropped=0', () => {
    const body = version1(`partial write: unable to parse '${LINES[1] ?? ''}': invalid number dropped=0`);
    const reason = 'HTTP 400: unable to parse a line: invalid number';
    expect(outcome(400, body)).toEqual({
      kind: 'refused',
      refusedLines: [{ index: 1, reason }],
      reason: 'HTTP 400: partial write: unable to parse a line: invalid number',
    });
  });

  it('names each of several lines of 1.x, whatever stands in them', () => {
    const errors = [LINES[1], LINES[3]].map((line) => `unable to parse '${line ?? ''}': invalid number`);
    expect(outcome(400, version1(`partial write: ${errors.join('\n')} dropped=0`))).toMatchObject({
      refusedLines: [{ index: 1 }, { index: 3 }],
    });
  });

  it('names no line of 1.x that is not found in the batch', () => {
    const body = version1(`partial write: unable to parse 'another': invalid number dropped=0`);
    expect(outcome(400, body)).toMatchObject({ kind: 'refused' });
    expect(outcome(400, body)).not.toHaveProperty('refusedLines');
  });

  it('names the lines that 3 numbers', () => {
    const data = [2, 4].map((line) => ({ original_line: LINES[line - 1], line_number: line, error_message: 'no' }));
    const body = JSON.stringify({ error: 'partial write of line protocol occurred', data });
    expect(outcome(400, body)).toMatchObject({
      kind: 'refused',
      refusedLines: [{ index: 1 }, { index: 3 }],
      reason: 'HTTP 400: partial write of line protocol occurred',
    });
  });
});

describe('an answer that blames lines and stored nothing', () => {
  it.each([
    ['2.7 names it', 400, version2('invalid', `unable to parse '${LINES[1] ?? ''}': invalid number`), [1]],
    [
      '1.x, all lines bad',
      400,
      version1(`unable to parse '${LINES[0] ?? ''}': x\nunable to parse '${LINES[1] ?? ''}': x`),
      [0, 1],
    ],
    [
      '3 numbers it',
      400,
      JSON.stringify({ error: 'parsing failed for write_lp endpoint', data: { line_number: 3 } }),
      [2],
    ],
    ['plain text', 400, `unable to parse '${LINES[2] ?? ''}': invalid`, [2]],
    [
      'a line that says of itself that others were stored',
      400,
      version2('invalid', `unable to parse '${LINES[3] ?? ''}': bad`),
      [3],
    ],
  ])('is refused, with the lines: %s', (_name, status, body, indexes) => {
    const refusedLines = indexes.map((index) => ({ index }));
    expect(outcome(status, body)).toMatchObject({ kind: 'refused', refusedLines });
  });

  it.each([
    ['400 of no known shape', 400, version2('invalid', 'something is wrong')],
    ['400 whose line is another', 400, version2('invalid', `unable to parse 'another': invalid number`)],
    ['406', 406, 'not acceptable'],
    ['422 without a number', 422, version2('unprocessable entity', 'schema conflict')],
    ['415', 415, version2('invalid', 'unsupported')],
    ['JSON that is no object', 400, '"bad"'],
    ['JSON without a sentence', 400, '{"data":[null,{"line_number":"x"}]}'],
  ])('is refused, without lines: %s', (_name, status, body) => {
    expect(outcome(status, body)).toMatchObject({ kind: 'refused' });
    expect(outcome(status, body)).not.toHaveProperty('refusedLines');
  });
});

describe('an answer that asks for less', () => {
  it('is split: 413', () => {
    expect(outcome(413, version1('Request Entity Too Large'))).toEqual({
      kind: 'split',
      reason: 'HTTP 413: Request Entity Too Large',
    });
  });
});

describe('an answer that needs an operator', () => {
  it.each([
    ['a wrong token', 401, version2('unauthorized', 'unauthorized access')],
    ['no quota', 402, ''],
    ['no right', 403, ''],
    ['a missing database', 404, version1('database not found: "x"')],
    ['a wrong path', 405, ''],
    ['a proxy that wants credentials', 407, ''],
    ['gone', 410, ''],
    ['another host', 421, ''],
    ['TLS wanted', 426, ''],
    ['too large headers', 431, ''],
    ['a law', 451, ''],
    ['not implemented', 501, ''],
    ['another HTTP', 505, ''],
    ['a redirection', 302, ''],
    ['200 of a server that is none', 200, '<html>hello</html>'],
    ['a proxy: plain HTTP on a port of TLS', 400, HTML],
    ['a proxy without words', 400, ''],
  ])('is tried again, and said: %s', (_name, status, body) => {
    expect(outcome(status, body)).toMatchObject({ kind: 'retry', needsOperator: true });
  });
});

describe('an answer that speaks of the server', () => {
  it.each([
    'write /var/lib/influxdb/wal/1.wal: no space left on device',
    'open /x: too many open files',
    'read-only file system',
    'input/output error',
    'timeout',
    'engine is closed',
    'the quota of the organization is used up',
    'out of memory',
  ])('is tried again, in the form of a refusal, too: %s', (trouble) => {
    for (const [status, body] of [
      [400, version1(`partial write: ${trouble} dropped=4`)],
      [
        422,
        version2('unprocessable entity', `failure writing points to database: partial write: ${trouble} dropped=4`),
      ],
      [503, version2('unavailable', `partial write: ${trouble} dropped=4`)],
    ] as const) {
      expect(outcome(status, body)).toMatchObject({ kind: 'retry' });
    }
  });

  it('is none where a name speaks', () => {
    for (const sentence of [
      'field type conflict: input field "timeout" on measurement "no space left on device" is type float, already exists as type string dropped=1',
      'max-values-per-tag limit exceeded (1/1): measurement="m" tag="t" value="out of memory" dropped=1',
    ]) {
      expect(outcome(400, version1(`partial write: ${sentence}`))).toMatchObject({ kind: 'refused' });
    }
  });
});

describe('an answer that time heals', () => {
  it.each([408, 425, 429, 499, 500, 502, 503, 504, 507, 529])('is tried again: %s', (status) => {
    expect(outcome(status, 'busy')).toEqual({
      kind: 'retry',
      reason: `HTTP ${String(status)}: busy`,
      notBeforeMs: undefined,
    });
  });

  it('is tried again no sooner than it says', () => {
    expect(outcome(503, '', '30')).toMatchObject({ kind: 'retry', notBeforeMs: 30_000 });
    expect(outcome(429, '', '2')).toMatchObject({ kind: 'retry', notBeforeMs: 2000 });
  });
});

describe('Retry-After', () => {
  const NOW_MS = Date.UTC(2026, 0, 1, 12, 0, 0);

  it.each([
    ['seconds', '120', 120_000],
    ['a fraction', ' 1.5 ', 1500],
    ['nothing to wait', '0', 0],
    ['a date', 'Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
    ['a date gone by', 'Thu, 01 Jan 2026 11:00:00 GMT', 0],
    ['no sense', 'soon', undefined],
    ['a negative number', '-5', undefined],
    ['an empty header', '', undefined],
    ['no header', undefined, undefined],
  ])('is read: %s', (_name, header, expected) => {
    expect(retryAfterMs(header, NOW_MS)).toBe(expected);
  });
});

describe('the reason of an outcome', () => {
  it('quotes no line', () => {
    const secret = 'm,token=SECRET f=x 1';
    for (const body of [
      version1(`partial write: unable to parse '${secret}': invalid number dropped=0`),
      version2('invalid', `unable to parse '${secret}': invalid number`),
      version1(`unable to parse 'a': ${secret.slice(0, 2)}\nunable to parse '${secret}': invalid`),
    ]) {
      expect(JSON.stringify(outcome(400, body))).not.toContain('SECRET');
    }
  });

  it('is short, and one line of plain text', () => {
    const result = outcome(502, `<html><h1>Bad\n\n Gateway</h1>${'x'.repeat(5000)}</html>`);
    expect(result).toMatchObject({ kind: 'retry' });
    const { reason } = result as { reason: string };
    expect(reason).toMatch(/^HTTP 502: Bad Gateway x+…$/);
    expect(reason.length).toBeLessThanOrEqual(300);
  });

  it('is read from the whole of a long answer', () => {
    const line = (index: number): string => `m,t=${String(index)}${'x'.repeat(200)} f=NaN ${String(index)}`;
    const lines = Array.from({ length: 4000 }, (_, index) => line(index));
    const errors = lines.map((text) => `unable to parse '${text}': invalid number`).join('\n');
    const body = version1(`partial write: ${errors} dropped=0`);
    const result = outcome(400, body, undefined, batchOfText(lines.join('\n')));
    expect(result).toMatchObject({ kind: 'refused', refusedLines: lines.map((_line, index) => ({ index })) });
  });
});

describe('a failure without an answer', () => {
  it.each([
    ['a code in the message', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }), 'write EPIPE'],
    [
      'a code beside it',
      Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }),
      'ECONNRESET: socket hang up',
    ],
    ['no code', new Error('Response aborted'), 'Response aborted'],
    ['no error', 'odd', 'odd'],
    ['a code that is a number', Object.assign(new Error('odd'), { code: 7 }), 'odd'],
  ])('is tried again: %s', (_name, error, reason) => {
    expect(outcomeOfFailure(error)).toStrictEqual({ kind: 'retry', reason });
  });

  it.each(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'])(
    'says that no connection came about: %s',
    (code) => {
      const error = Object.assign(new Error(`connect ${code} ::1:1`), { code });
      expect(outcomeOfFailure(error)).toEqual({ kind: 'retry', reason: error.message, isUnreachable: true });
    },
  );
});
