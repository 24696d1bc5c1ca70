import { describe, expect, it } from 'vitest';
import { errorCodeOf } from '../src/error-code.ts';

describe('the code of an error', () => {
  it.each([
    ['errorCode', { errorCode: 29004, code: 'ECONNREFUSED' }, '29004'],
    ['error_code', { error_code: '11037' }, '11037'],
    ['a code in capitals', { code: 'ECONNREFUSED' }, 'ECONNREFUSED'],
    ['a code that is a number', { code: 7 }, '7'],
    ['no other code', { code: 'some sentence' }, '1'],
    ['no number without a value', { errorCode: Number.NaN }, '1'],
    ['no empty one', { errorCode: '' }, '1'],
    ['none of no object', 'ECONNREFUSED', '1'],
    ['none of nothing', undefined, '1'],
  ])('is %s', (_title, error, code) => {
    expect(errorCodeOf(error, undefined)).toBe(code);
  });

  it("is the user's only where the error has none", () => {
    const getErrorCode = (error: unknown): string => (error as Error).message.split(' ')[0] ?? '';
    expect(errorCodeOf(new Error('NOPERM no access'), getErrorCode)).toBe('NOPERM');
    expect(errorCodeOf(Object.assign(new Error('NOPERM'), { errorCode: 2 }), getErrorCode)).toBe('2');
  });

  it('is 1 where what should tell it throws or says nothing', () => {
    const trap = Object.defineProperty({}, 'errorCode', {
      get: () => {
        throw new Error('getter');
      },
    });
    const throws = (): never => {
      throw new Error('getErrorCode');
    };
    expect(errorCodeOf(trap, undefined)).toBe('1');
    expect(errorCodeOf({}, throws)).toBe('1');
    expect(errorCodeOf({}, () => undefined)).toBe('1');
  });
});
