import { describe, expect, it, vi } from 'vitest';
import { createIgnoreTest, isIgnoreOption, pathOfUrl } from '../../../src/points/requests/ignore-rules.ts';

describe('rules of what is ignored', () => {
  it('match a path and all below it, a pattern at any time, or what a function says', () => {
    const isIgnored = createIgnoreTest<number>(['/health', /^\/debug/g, (request) => request === 7], vi.fn());
    const answers = ['/health', '/health/live', '/healthy', '/debug', '/debug', '/x'].map((path) =>
      isIgnored?.(path, 1),
    );
    expect(answers).toEqual([true, true, false, true, true, false]);
    expect(isIgnored?.('/x', 7)).toBe(true);
  });

  it('leave a request in where a function throws, rejects or gives a promise, and tell of it', () => {
    const onFailure = vi.fn();
    const fail = (): never => {
      throw new Error('rule');
    };
    // JavaScript may give functions that return what the types do not allow.
    const later = (() => Promise.resolve(true)) as never;
    const rejects = (() => Promise.reject(new Error('rule'))) as never;
    expect(createIgnoreTest([fail, later, rejects], onFailure)?.('/x', 1)).toBe(false);
    expect(onFailure).toHaveBeenCalledTimes(3);
  });

  it('cost nothing where there are none', () => {
    expect(createIgnoreTest([], vi.fn())).toBeUndefined();
  });

  it.each<[unknown, boolean]>([
    ['/a', true],
    ['a', false],
    [/a/, true],
    [['/a', /b/], true],
    [['/a', 7], false],
  ])('are told from other values: %j', (value, expected) => {
    expect(isIgnoreOption(value)).toBe(expected);
  });

  it.each([
    ['/a?b=c', '/a'],
    ['/a?b=/c?d', '/a'],
    ['http://host/a?b', '/a'],
    ['http://host', '/'],
    ['http://host?x', '/'],
    ['*', '*'],
    ['', ''],
  ])('see the path of %s', (url, path) => {
    expect(pathOfUrl(url)).toBe(path);
  });
});
