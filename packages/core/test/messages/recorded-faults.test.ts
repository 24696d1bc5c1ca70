import { describe, expect, it } from 'vitest';
import { isRecorded, markRecorded } from '../../src/messages/recorded-faults.ts';

describe('a fault that has its point', () => {
  const monitoring = {};
  const recorded = new Error('socket closed');
  markRecorded(recorded, monitoring);
  const other = new Error('of its own');
  const circular = new Error('circular');
  circular.cause = circular;

  it.each<[string, unknown, boolean]>([
    ['itself', recorded, true],
    ['what it is the cause of', new Error('outer', { cause: new Error('middle', { cause: recorded }) }), true],
    ['all that failed together', new AggregateError([recorded, recorded]), true],
    ['some that failed together', new AggregateError([recorded, other]), false],
    ['an empty aggregate', new AggregateError([]), false],
    ['another error', other, false],
    ['an error that is its own cause', circular, false],
    ['text', 'socket closed', false],
    ['nothing', undefined, false],
    [
      'an error whose cause throws',
      Object.defineProperty(new Error('x'), 'cause', {
        get() {
          throw new Error('getter');
        },
      }),
      false,
    ],
  ])('is known: %s', (_name, error, expected) => {
    expect(isRecorded(error, monitoring)).toBe(expected);
  });

  it('is another monitoring’s own affair', () => {
    const second = {};
    expect(isRecorded(recorded, second)).toBe(false);
    markRecorded(recorded, second);
    expect([isRecorded(recorded, monitoring), isRecorded(recorded, second)]).toEqual([true, true]);
  });

  it('is not remembered where it is no object', () => {
    markRecorded('text', monitoring);
    expect(isRecorded('text', monitoring)).toBe(false);
  });
});
