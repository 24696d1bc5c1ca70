import { describe, expect, it } from 'vitest';
import { decodeLine } from '../../src/lines/decode.ts';
import { LineEncoder } from '../../src/lines/encode.ts';
import { readLineCases } from '../support/line-cases.ts';

const STAMP = '1790000000123456789';

const cases = readLineCases();

/** What the wire does to text: halves of surrogate pairs become U+FFFD. */
function onTheWire(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text).toString();
}

describe('the table of line protocol cases', () => {
  it('has rows with names of their own', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThan(100);
  });

  it.each(cases)('writes as the table says: $name', ({ series, tags, fields, line }) => {
    const encoder = new LineEncoder({ maxTagValues: 10_000 });
    const written = onTheWire(encoder.encodeParts(series, tags, fields, STAMP));
    expect(written).toBe(line === undefined ? undefined : `${line} ${STAMP}`);
    // The second time names and values are known, and come from memory.
    expect(onTheWire(encoder.encodeParts(series, tags, fields, STAMP))).toBe(written);
  });

  it.each(cases.filter(({ line }) => line !== undefined))('reads back: $name', ({ line = '', stored }) => {
    const { series, tags, fields, stamp } = decodeLine(`${line} ${STAMP}`);
    expect(series).toBe(stored.series);
    expect(Object.entries(tags)).toEqual(Object.entries(stored.tags));
    expect(Object.entries(fields)).toEqual(Object.entries(stored.fields));
    expect(stamp).toBe(BigInt(STAMP));
  });
});
