import { describe, expect, it } from 'vitest';
import { judge } from './verdict.ts';

const NONE = { killedAtMs: new Map<number, number>(), maxLossMs: 250 };

describe('judge', () => {
  it('finds what was answered and is not stored, and what is stored twice', () => {
    const answered = ['a', 'b', 'c'].map((id) => ({ id, pid: 1, atMs: 0 }));
    expect(judge({ ...NONE, answered, storedIds: ['a', 'c', 'never-answered', 'c'] })).toEqual({
      answeredCount: 3,
      lostByKillCount: 0,
      oldestLostMs: 0,
      missing: ['b'],
      doubled: ['c'],
    });
  });

  it('excuses what a process answered shortly before it was killed, and nothing older, and no other process', () => {
    const answered = [
      { id: 'old', pid: 1, atMs: 749 },
      { id: 'young', pid: 1, atMs: 750 },
      { id: 'last', pid: 1, atMs: 1001 },
      { id: 'of-another', pid: 2, atMs: 999 },
    ];
    expect(judge({ answered, killedAtMs: new Map([[1, 1000]]), maxLossMs: 250, storedIds: [] })).toEqual({
      answeredCount: 4,
      lostByKillCount: 2,
      oldestLostMs: 250,
      missing: ['old', 'of-another'],
      doubled: [],
    });
  });
});
