import { describe, expect, it } from 'vitest';
import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { checkOptions, rules } from '@influx-monitoring/core/internal';

describe('checkOptions', () => {
  interface Options {
    readonly a?: number | undefined;
    readonly secret?: string | undefined;
  }
  const optionRules = { a: rules.integer('', 1, 3), secret: { ...rules.text, isSecret: true } };
  const check = (options: unknown): Options => checkOptions('owner()', options as Options, optionRules);

  it('gives back what is right, unchanged', () => {
    const options = Object.freeze({ a: 2, secret: undefined });
    expect(check(options)).toBe(options);
  });

  it.each([
    [{ b: 1 }, 'owner(): unknown option "b"; expected one of a, secret'],
    [JSON.parse('{"__proto__": 1}'), 'owner(): unknown option "__proto__"; expected one of a, secret'],
    [{ a: 4 }, 'owner(): expected "a" to be a whole number from 1 to 3, got the number 4'],
    [{ a: 4n }, 'owner(): expected "a" to be a whole number from 1 to 3, got the bigint 4'],
    [{ a: null }, 'owner(): expected "a" to be a whole number from 1 to 3, got null'],
    [{ a: () => 1 }, 'owner(): expected "a" to be a whole number from 1 to 3, got a function'],
    [{ a: [] }, 'owner(): expected "a" to be a whole number from 1 to 3, got an array'],
    [
      { a: ['x', [], 5] },
      'owner(): expected "a" to be a whole number from 1 to 3, got an array of the string "x", an array, the number 5',
    ],
    [
      { a: [1, 2, 3, 4, 5, 6] },
      'owner(): expected "a" to be a whole number from 1 to 3, got an array of the number 1, the number 2, the number 3, the number 4, the number 5 and more',
    ],
    [{ secret: ['x'] }, 'owner(): expected "secret" to be a string that is not empty, got an array (not shown)'],
    [
      { a: 'x'.repeat(500) },
      `owner(): expected "a" to be a whole number from 1 to 3, got the string "${'x'.repeat(100)}…"`,
    ],
    ['x', 'owner(): expected an object of options, got the string "x"'],
    [undefined, 'owner(): expected an object of options, got undefined'],
  ])('names what is wrong: %o', (options, message) => {
    expect(() => check(options)).toThrow(message);
  });
});

describe('the rules', () => {
  it('know a monitoring of any copy, a function, an object and a switch', async () => {
    await using monitoring = new LunaRequestInfluxMonitoring();
    expect(rules.monitoring.isValid(monitoring)).toBe(true);
    expect([null, {}, { addPoints: 1 }, 'x'].map(rules.monitoring.isValid)).toEqual([false, false, false, false]);
    expect([() => 1, {}].map(rules.function.isValid)).toEqual([true, false]);
    expect([{}, [], null].map(rules.object.isValid)).toEqual([true, false, false]);
    expect([true, 0].map(rules.boolean.isValid)).toEqual([true, false]);
    expect(['a', 1, 'b'].map(rules.oneOf('a', 1).isValid)).toEqual([true, true, false]);
    expect(rules.number('seconds', 0, 1)).toMatchObject({ expected: 'a number of seconds from 0 to 1' });
    expect(rules.integer('bytes', 0, 1)).toMatchObject({ expected: 'a whole number of bytes from 0 to 1' });
    expect([0.5, 1, 2, '1'].map(rules.integer('', 0, 1).isValid)).toEqual([false, true, false, false]);
  });
});
