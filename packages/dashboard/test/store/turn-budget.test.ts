import { describe, expect, it } from 'vitest';
import { TurnBudget } from '../../src/store/turn-budget.ts';

/** Takes the time of some work. */
function work(ms: number): void {
  const endsAt = performance.now() + ms;
  while (performance.now() < endsAt);
}

describe('the budget of a turn', () => {
  it('is one for all who work: one of them goes on in a turn, each in its turn', async () => {
    const budget = new TurnBudget();
    const log: string[] = [];
    let turn = 0;
    const count = (): void => {
      turn += 1;
      if (log.length < 12) setImmediate(count);
    };
    setImmediate(count);
    const run = async (name: string): Promise<void> => {
      for (let step = 0; step < 4; step += 1) {
        if (budget.isBusy) await budget.rest();
        log.push(`${String(turn)} ${name}`);
        work(0.6);
      }
    };
    await Promise.all(['a', 'b', 'c'].map(run));
    expect(log.map((entry) => entry.split(' ')[1]).join('')).toBe('aabcabcabcbc');
    expect(new Set(log.map((entry) => entry.split(' ')[0])).size).toBe(12);
  });

  it('is over when its time is, and begins anew in the next turn', async () => {
    const budget = new TurnBudget();
    expect(budget.isOver).toBe(false);
    work(0.6);
    expect(budget.isOver).toBe(true);
    await budget.rest();
    expect(budget.isOver).toBe(false);
  });
});
