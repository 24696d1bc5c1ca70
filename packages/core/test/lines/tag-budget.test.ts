import { describe, expect, it } from 'vitest';
import { TagBudget } from '../../src/lines/tag-budget.ts';

describe('TagBudget', () => {
  it('keeps what it knows and makes the rest `other`, for each tag of each series', () => {
    const budget = new TagBudget({ maxTagValues: 2 });
    const encode = (value: string): string => budget.encode('s', 't', value);
    expect(['a', 'b,', 'c', 'a', 'd'].map(encode)).toEqual(['a', 'b\\,', 'other', 'a', 'other']);
    expect(budget.encode('s', 'u', 'c')).toBe('c');
    expect(budget.encode('r', 't', 'c')).toBe('c');
    expect(budget.overflows).toEqual(new Map([['s.t', 2]]));
    expect(budget.overflowCount).toBe(2);
  });

  it('tells once of each tag that has no more room', () => {
    const told: string[] = [];
    const budget = new TagBudget({ maxTagValues: 1, onOverflow: (tag) => told.push(tag) });
    for (const value of ['a', 'b', 'c', 'd']) {
      budget.encode('s', 't', value);
      budget.encode('s', 'u', value);
    }
    expect(told).toEqual(['s.t', 's.u']);
  });

  it('leaves out, without taking room, what nothing is left of', () => {
    const budget = new TagBudget({ maxTagValues: 1 });
    expect(budget.encode('s', 't', '\\\\')).toBe('');
    expect(budget.encode('s', 't', 'a')).toBe('a');
  });

  it('leaves out tags beyond 1,000 keys', () => {
    const budget = new TagBudget({ maxTagValues: 10 });
    for (let index = 0; index < 1000; index += 1) budget.encode('s', `t${String(index)}`, 'a');
    expect(budget.encode('s', 'late', 'a')).toBe('');
    expect(budget.encode('s', 't999', 'a')).toBe('a');
    expect(budget.overflows).toEqual(new Map([['tag keys', 1]]));
  });

  it('bounds the memory of all values together', () => {
    const budget = new TagBudget({ maxTagValues: 1_000_000 });
    const values = Array.from({ length: 20_000 }, (_, index) => String(index).padEnd(512, 'x'));
    const kept = values.filter((value) => budget.encode('s', 't', value) !== 'other');
    expect(kept.length).toBeGreaterThan(16_000);
    expect(kept.length).toBeLessThan(17_000);
  });
});
