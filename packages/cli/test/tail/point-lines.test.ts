import { decodeLine, type StoredPoint } from '@influx-monitoring/core';
import fc from 'fast-check';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { createPointFilter, tagArgument, withSummaries } from '../../src/tail/point-filter.ts';
import { jsonOfPoint } from '../../src/tail/point-json.ts';
import { textOfPoint } from '../../src/tail/point-text.ts';
import { timeTextOf } from '../../src/tail/point-time.ts';
import { sinceArgument } from '../../src/tail/since-argument.ts';

const PLAIN = picocolors.createColors(false);
const REQUEST = decodeLine(
  'requests,route=GET:/users/:user,service=shop,status_code=503 request_id="a b",execution_time=0.0123 1769860800123456789',
);

function pointWith(parts: Partial<StoredPoint>): StoredPoint {
  return { series: 's', time: 1, stamp: 1_000_000_000n, tags: {}, fields: { value: 1 }, ...parts };
}

function matches(tags: readonly string[], point: StoredPoint, series: readonly string[] = []): boolean {
  return createPointFilter({ series, tags: tags.map(tagArgument), from: -Infinity })(point);
}

describe('the filter of tail', () => {
  it.each([
    [[], true],
    [['status_code=503'], true],
    [['status_code=50'], false],
    [['status_code=5*'], true],
    [['status_code=200', 'status_code=503'], true],
    [['status_code=503', 'service=other'], false],
    [['status_code=503', 'service=other', 'service=shop'], true],
    [['account_id=*'], false],
    [['route=GET:*/:user'], true],
    [['route=*users*'], true],
    [['route=GET:/users/:user'], true],
    [['route=GET:/users/:user*:user'], false],
    [['route=*GET:/users/:user*'], true],
    [['route=GET:*users*users*'], false],
    [['route=GET:.users.:user'], false],
    [['__proto__=1'], false],
  ])('with the tags %j is %j for a request that failed', (tags, isWanted) => {
    expect(matches(tags, REQUEST)).toBe(isWanted);
  });

  it('takes any of the series that are named, and points from a time on', () => {
    expect(matches([], REQUEST, ['errors', 'requests'])).toBe(true);
    expect(matches([], REQUEST, ['errors'])).toBe(false);
    expect(matches(['status_code=200'], REQUEST, ['requests'])).toBe(false);
    const fromThen = createPointFilter({ series: [], tags: [], from: 10 });
    expect([fromThen(pointWith({ time: 9.9 })), fromThen(pointWith({ time: 10 }))]).toEqual([false, true]);
  });

  it('takes the summaries of a series with it, and a summary that is named alone', () => {
    const summary = pointWith({ series: 'requests_summary' });
    expect(matches([], summary, withSummaries(['requests']))).toBe(true);
    expect(matches([], summary, withSummaries(['ws_requests']))).toBe(false);
    expect(withSummaries(['requests', 'requests_summary'])).toEqual(['requests', 'requests_summary']);
    expect(matches([], REQUEST, withSummaries(['requests_summary']))).toBe(false);
    expect(withSummaries([])).toEqual([]);
  });

  it('understands stars as any text, whatever stands between them', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.', '\\', '\n') });
    fc.assert(
      fc.property(text, text.filter(Boolean), (value, wish) => {
        const source = wish.replace(/[^ab]/g, (unit) =>
          unit === '*' ? '[^]*' : `\\u{${unit.charCodeAt(0).toString(16)}}`,
        );
        const expected = new RegExp(`^${source}$`, 'u').test(value);
        expect(matches([`key=${wish}`], pointWith({ tags: { key: value } }))).toBe(expected);
      }),
    );
  });

  it('takes no power of the length of a hostile value', () => {
    const wish = `key=${'*a'.repeat(30)}b`;
    expect(matches([wish], pointWith({ tags: { key: 'a'.repeat(100_000) } }))).toBe(false);
  });
});

describe('arguments of tail', () => {
  it.each(['status_code', '=500', 'status_code=', ''])('refuse %j as a tag', (text) => {
    expect(() => tagArgument(text)).toThrow('Expected key=value');
  });

  it('take what stands after the first equals sign as the value', () => {
    expect(tagArgument('a=b=c')).toEqual({ key: 'a', value: 'b=c' });
  });

  it.each([
    ['30s', 30],
    ['5m', 300],
    ['2h', 7200],
    ['1d', 86_400],
  ])('understand %s as %d seconds', (text, seconds) => {
    expect(sinceArgument(text)).toBe(seconds);
  });

  it.each(['0s', '5', 'm', '-1m', '1.5m', '5 m', '5M', '1234567s'])('refuse %j as a time', (text) => {
    expect(() => sinceArgument(text)).toThrow('Expected a time');
  });
});

describe('a point as text', () => {
  it('has what a person looks for first, first; durations in milliseconds', () => {
    expect(textOfPoint(REQUEST, PLAIN)).toBe(
      '2026-01-31T12:00:00.123Z  requests            status_code=503  route=GET:/users/:user  service=shop  ' +
        'request_id="a b"  execution_time=12.3ms',
    );
  });

  it('has the durations of a summary in milliseconds, and its counts as they are', () => {
    const summary = decodeLine(
      'requests_summary,service=shop count=20i,execution_time_sum=1.5,execution_time_p95=0.0123,' +
        'execution_time_le_0.1=19i,slowest_request_id="a" 1769860800000000000',
    );
    expect(textOfPoint(summary, PLAIN)).toContain(
      'count=20  execution_time_sum=1500ms  execution_time_p95=12.3ms  execution_time_le_0.1=19  slowest_request_id=a',
    );
  });

  it('is painted: what failed in red, names dim', () => {
    const colors = picocolors.createColors(true);
    const paintedStatus = (status: string): string => textOfPoint(pointWith({ tags: { status_code: status } }), colors);
    expect(paintedStatus('200')).toContain(colors.green('200'));
    expect(paintedStatus('304')).toContain(colors.cyan('304'));
    expect(paintedStatus('404')).toContain(colors.yellow('404'));
    expect(paintedStatus('503')).toContain(`${colors.dim('status_code=')}${colors.red('503')}`);
    expect(paintedStatus('other')).toContain('other');
    const failure = textOfPoint(pointWith({ series: 'errors', tags: { error_code: '7' } }), colors);
    expect(failure).toContain(colors.red('errors'.padEnd(18)));
    expect(failure).toContain(colors.red('7'));
  });

  it('quotes what would not be seen to be one value, and cuts what is long', () => {
    const text = textOfPoint(
      pointWith({ tags: { a: 'x  b=1', c: 'y'.repeat(500), d: '' }, fields: { f: 'a"b' } }),
      PLAIN,
    );
    expect(text).toContain('  a="x  b=1"  ');
    expect(text).toContain(`  c=${'y'.repeat(200)}…  `);
    expect(text).toContain('  d=""  f="a\\"b"');
  });

  it('and as JSON has nothing in it that a terminal obeys, whatever the names are', () => {
    const hostile = fc.string({
      unit: fc.oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        fc.constantFrom('\u001b', '\n', '\r', '\u009b', '\u202e', '\u2028', '\ufeff', '"', '\\', '='),
      ),
    });
    const isHarmless = (text: string): boolean => !/\p{Cc}|\p{Bidi_Control}|\p{Zl}|\p{Zp}|\u200b|\ufeff/u.test(text);
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, hostile, (series, tag, tagValue, field, fieldValue) => {
        const point = pointWith({ series, tags: { [tag]: tagValue }, fields: { [field]: fieldValue } });
        expect(isHarmless(textOfPoint(point, PLAIN))).toBe(true);
        const json = jsonOfPoint(point);
        expect(isHarmless(json)).toBe(true);
        expect(JSON.parse(json)).toMatchObject({ series, tags: { [tag]: tagValue }, fields: { [field]: fieldValue } });
      }),
    );
  });
});

describe('a point as JSON', () => {
  it('has its exact time, and integers as JSON can hold them', () => {
    const line = 's,a=b big=9007199254740993i,flag=true,float=0.5,small=7i,text="x" 1769860800123456789';
    expect(JSON.parse(jsonOfPoint(decodeLine(line)))).toEqual({
      time: '2026-01-31T12:00:00.123456789Z',
      stamp: '1769860800123456789',
      series: 's',
      tags: { a: 'b' },
      fields: { big: '9007199254740993', flag: true, float: 0.5, small: 7, text: 'x' },
    });
  });
});

describe('the time of a point', () => {
  it.each([
    [0n, '1970-01-01T00:00:00.000000000Z'],
    [-1n, '1969-12-31T23:59:59.999999999Z'],
    [1_000_000_001n, '1970-01-01T00:00:01.000000001Z'],
    [253_402_300_799_999_999_999n, '9999-12-31T23:59:59.999999999Z'],
    [253_402_300_800_000_000_000n, '253402300800000000000'],
    [-62_167_219_200_000_000_000n, '0000-01-01T00:00:00.000000000Z'],
    [-62_167_219_200_000_000_001n, '-62167219200000000001'],
    [10n ** 30n, `1${'0'.repeat(30)}`],
  ])('%s is %s', (stamp, text) => {
    expect(timeTextOf(stamp, 9)).toBe(text);
  });
});
