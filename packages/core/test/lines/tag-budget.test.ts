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

  it.each(['requests.route', 'requests.status_code', 'requests.service', 'errors.error_code', 'shop.region'])(
    'keeps room for %s, whatever the values of another tag take',
    (name) => {
      const told: string[] = [];
      const onOverflow = (tag: string, limit: string): number => told.push(`${tag} ${limit}`);
      const budget = new TagBudget({ maxTagValues: 1_000_000, onOverflow });
      for (let index = 0; index < 30_000; index += 1) {
        budget.encode('requests', 'account_id', String(index).padEnd(512, 'x'));
      }
      const [series = '', tag = ''] = name.split('.');
      const values = Array.from({ length: 200 }, (_, index) => `GET:/new/${String(index)}`);
      expect(values.map((value) => budget.encode(series, tag, value))).toEqual(values);
      expect(told).toEqual(['requests.account_id memory']);
    },
  );

  it.each(['requests', 'errors', 'ws_requests', 'cache'])(
    'keeps keys for the series %s after 1,000 of another',
    (series) => {
      const told: string[] = [];
      const budget = new TagBudget({ maxTagValues: 10, onOverflow: (tag, limit) => told.push(`${tag} ${limit}`) });
      for (let index = 0; index < 1100; index += 1) budget.encode('s', `t${String(index)}`, 'a');
      for (const tag of ['service', 'route', 'region']) expect(budget.encode(series, tag, 'a')).toBe('a');
      expect(budget.overflows).toEqual(new Map([['tag keys', 100]]));
      expect(told).toEqual(['tag keys keys']);
    },
  );

  it('bounds the keys of any number of series', () => {
    const budget = new TagBudget({ maxTagValues: 10 });
    const kept = Array.from({ length: 5000 }, (_, index) => budget.encode(`s${String(index)}`, 't', 'a'));
    expect(kept.filter((text) => text === 'a').length).toBe(1000);
    expect(budget.encode('requests', 'route', 'a')).toBe('a');
  });

  it('makes the value of a tag a bucket of a hash, the same in every process', () => {
    const budget = new TagBudget({ maxTagValues: 1, tagBuckets: { account_id: 256, chanel: 5000 } });
    const encode = (value: string): string => budget.encode('ws_requests', 'account_id', value);
    // FNV-1a of 32 bits: 0x811c9dc5 of nothing, 0xe40c292c of "a".
    expect([encode('a'), encode('a'), encode('none')]).toEqual(['b044', 'b044', 'none']);
    expect(budget.encode('redis_message', 'chanel', 'a')).toMatch(/^b\d{4}$/);
    const buckets = new Set(Array.from({ length: 10_000 }, (_, index) => encode(`account-${String(index)}`)));
    expect(buckets.size).toBe(256);
    expect(budget.overflowCount).toBe(0);
  });
});
