import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLine } from '../../src/lines/decode.ts';
import { LineEncoder } from '../../src/lines/encode.ts';

const STAMP = '1700000000000000000';

type Parts = readonly [tags: Record<string, string>, fields: Record<string, number>];

function encodeAll(series: string, points: readonly Parts[]) {
  const encoder = new LineEncoder({ maxTagValues: 100 });
  const lines = points.map(([tags, fields]) => encoder.encodeParts(series, tags, fields, STAMP));
  return { encoder, points: lines.flatMap((line) => (line === undefined ? [] : [decodeLine(line)])) };
}

describe('a name that a series has used', () => {
  it('as a tag is none of its fields afterwards', () => {
    const { encoder, points } = encodeAll('imports', [
      [{ kind: 'full' }, { rows: 1 }],
      [{}, { kind: 2, rows: 2 }],
    ]);
    expect(points.map(({ fields }) => fields)).toEqual([{ rows: 1 }, { rows: 2 }]);
    expect(encoder.repairs.get('duplicate')).toBe(1);
  });

  it('as a field is none of its tags afterwards', () => {
    const { encoder, points } = encodeAll('imports', [
      [{}, { kind: 1 }],
      [{ kind: 'full', other: 'x' }, { kind: 2 }],
    ]);
    expect(points.map(({ tags, fields }) => [tags, fields])).toEqual([
      [{}, { kind: 1 }],
      [{ other: 'x' }, { kind: 2 }],
    ]);
    expect(encoder.repairs.get('duplicate')).toBe(1);
  });

  it('as a tag of buckets is none of its fields afterwards, either', () => {
    const encoder = new LineEncoder({ maxTagValues: 100, tagBuckets: { kind: 8 } });
    expect(encoder.encodeParts('imports', { kind: 'full' }, { rows: 1 }, STAMP)).toContain('imports,kind=b00');
    expect(encoder.encodeParts('imports', {}, { kind: 2, rows: 2 }, STAMP)).toBe(`imports rows=2 ${STAMP}`);
  });

  it('is free in another series', () => {
    const encoder = new LineEncoder({ maxTagValues: 100 });
    expect(encoder.encodeParts('one', { kind: 'a' }, { rows: 1 }, STAMP)).toContain('one,kind=a ');
    expect(encoder.encodeParts('two', {}, { kind: 1 }, STAMP)).toBe(`two kind=1 ${STAMP}`);
  });

  it('keeps its role where it is a standard one, whatever comes first', () => {
    const { points } = encodeAll('requests', [
      [{ execution_time: 'x' }, { route: 1, rows: 1 }],
      [{ route: 'GET:/' }, { execution_time: 0.5 }],
    ]);
    expect(points.map(({ tags, fields }) => [tags, fields])).toEqual([
      [{}, { rows: 1 }],
      [{ route: 'GET:/' }, { execution_time: 0.5 }],
    ]);
  });

  it('never is both, whatever points come', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const point = fc.tuple(fc.dictionary(name, fc.constant('x')), fc.dictionary(name, fc.constant(1)));
    fc.assert(
      fc.property(fc.array(point, { maxLength: 20 }), (parts) => {
        const { points } = encodeAll('imports', parts);
        const tags = new Set(points.flatMap((each) => Object.keys(each.tags)));
        const fields = new Set(points.flatMap((each) => Object.keys(each.fields)));
        expect([...tags].filter((each) => fields.has(each))).toEqual([]);
      }),
    );
  });
});
