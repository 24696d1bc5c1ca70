import { describe, expect, it } from 'vitest';
import { FieldTypes } from '../../src/lines/field-types.ts';

describe('FieldTypes', () => {
  it.each([
    ['a float', 1.5, 2n, 2],
    ['a float', 1.5, 2n ** 60n + 1n, undefined],
    ['a float', 1.5, 'x', undefined],
    ['a float', 1.5, true, undefined],
    ['an integer', 1n, 2, 2n],
    ['an integer', 1n, 2.5, undefined],
    ['an integer', 1n, 1e300, undefined],
    ['an integer', 1n, '2', undefined],
    ['an integer', 1n, false, undefined],
    ['text', 'x', 2, '2'],
    ['text', 'x', 2n, '2'],
    ['text', 'x', false, 'false'],
    ['a boolean', true, 1, undefined],
    ['a boolean', true, 'true', undefined],
    ['a boolean', true, 1n, undefined],
  ])('keeps a field %s, first %s, then %s', (_type, first, second, expected) => {
    const types = new FieldTypes();
    expect(types.conform('s', 'f', first)).toBe(first);
    expect(types.conform('s', 'f', second)).toBe(expected);
    expect(types.conform('s', 'f', first)).toBe(first);
  });

  it('tells series and fields apart', () => {
    const types = new FieldTypes();
    types.conform('s', 'f', 1);
    expect(types.conform('s', 'g', 'x')).toBe('x');
    expect(types.conform('r', 'f', 'x')).toBe('x');
  });

  it('holds the fields of the standard series to their types from the start', () => {
    const types = new FieldTypes();
    expect(types.conform('requests', 'execution_time', 'slow')).toBeUndefined();
    expect(types.conform('requests', 'execution_time', 1n)).toBe(1);
    expect(types.conform('errors', 'request_id', 7)).toBe('7');
    expect(types.conform('subscription_error', 'count', 1)).toBe(1n);
    expect(types.conform('ws_requests', 'transport_time', 'x')).toBeUndefined();
    expect(types.conform('redis_message', 'request_id', true)).toBe('true');
  });

  it('knows 10,000 fields beside the standard ones and leaves further ones out', () => {
    const types = new FieldTypes();
    for (let index = 0; index < 10_000; index += 1) types.conform('s', `f${String(index)}`, 1);
    expect(types.conform('s', 'f1', 'x')).toBeUndefined();
    expect(types.conform('s', 'late', 1)).toBeUndefined();
    expect(types.conform('s', 'f1', 2)).toBe(2);
    expect(types.conform('requests', 'execution_time', 2)).toBe(2);
    // Nor does it become a field of a series that has none yet.
    expect(types.conform('other', 'f1', 1)).toBeUndefined();
    expect(types.isField('s', 'late')).toBe(false);
  });
});
