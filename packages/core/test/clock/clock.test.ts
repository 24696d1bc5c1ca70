import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Clock, microsecondsOf, processClock, type TimeSource } from '../../src/clock/clock.ts';
import type { LaneLease } from '../../src/clock/lane.ts';

const START_MS = 1_790_000_000_000;

/** A wall clock to set, and a steady one beside it. */
class FakeTime implements TimeSource {
  #steadyMs = 5000;
  #wallMs = START_MS;
  readonly wallMs = (): number => this.#wallMs;
  readonly steadyMs = (): number => this.#steadyMs;

  pass(ms: number): void {
    this.#steadyMs += ms;
    this.#wallMs += ms;
  }

  setWall(byMs: number): void {
    this.#wallMs += byMs;
  }
}

function createClock(time = new FakeTime()): { clock: Clock; time: FakeTime; leases: LaneLease[] } {
  const leases: LaneLease[] = [];
  const lease = (): LaneLease => {
    const given = { lane: 7 + leases.length, isExclusive: true };
    leases.push(given);
    return given;
  };
  return { clock: new Clock({ time, lease, occupy: () => true }), time, leases };
}

describe('a time stamp', () => {
  it('is the microsecond of the event and the lane', () => {
    const { clock } = createClock();
    expect(clock.stamp(1_790_000_000.123456)).toBe('1790000000123456007');
    expect(clock.stamp(1_790_000_000.000001, 42)).toBe('1790000000000001042');
    expect(clock.stamp(1_790_000_001)).toBe('1790000001000000007');
  });

  it('is the next free one for events of one moment', () => {
    const { clock } = createClock();
    const stamps = [1, 2, 3].map(() => clock.stamp(1_790_000_000.5));
    expect(stamps).toEqual(['1790000000500000007', '1790000000500001007', '1790000000500002007']);
    expect(clock.stamp(1_790_000_000.500001)).toBe('1790000000500003007');
  });

  it.each([NaN, Infinity, -Infinity, -1, 1e300, 9_300_000_000])('is of the present for the time %s', (eventTime) => {
    const { clock } = createClock();
    expect(clock.stamp(eventTime)).toBe('1790000000000000007');
  });

  it('of the last moments that InfluxDB knows is no later than it knows, however many', () => {
    const { clock } = createClock();
    const last = Date.UTC(2262, 0) / 1000;
    for (let index = 0; index < 10_000; index += 1) {
      expect(BigInt(clock.stamp(last))).toBeLessThan(9_223_372_036_854_775_806n);
    }
  });

  it('of the epoch has its digits', () => {
    const { clock } = createClock();
    expect(BigInt(clock.stamp(0)) % 1000n).toBe(7n);
    expect(BigInt(clock.stamp(0))).toBeLessThan(3_000_000n);
  });

  it('has the digits of its millisecond, in whatever order they come', () => {
    // Beyond 2^32 a double of seconds no longer tells each microsecond.
    const seconds = fc.integer({ min: 0, max: 2 ** 32 });
    const millisecond = fc.tuple(seconds, fc.integer({ min: 0, max: 999 })).map(([s, ms]) => s * 1000 + ms);
    fc.assert(
      fc.property(fc.array(millisecond, { minLength: 1 }), (milliseconds) => {
        const { clock } = createClock();
        for (const ms of milliseconds) {
          const stamp = clock.stamp(ms / 1000);
          expect(stamp.padStart(19, '0')).toMatch(/^\d{16}007$/);
          // The next free slot is not a second away, for so few.
          expect(BigInt(stamp) - BigInt(ms) * 1_000_000n).toBeGreaterThanOrEqual(7n);
          expect(BigInt(stamp) - BigInt(ms) * 1_000_000n).toBeLessThan(1_000_000_000n);
        }
      }),
    );
  });

  it('is unique whatever the wall clock does and whenever events began', () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('pass'), ms: fc.double({ min: 0, max: 100_000, noNaN: true }) }),
      fc.record({ kind: fc.constant('set'), ms: fc.double({ min: -1_200_000, max: 1_200_000, noNaN: true }) }),
      fc.record({
        kind: fc.constantFrom('now', 'wall', 'old', 'future'),
        ms: fc.double({ min: 0, max: 2e6, noNaN: true }),
      }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), fc.boolean(), (actions, isLaneGiven) => {
        const { clock, time } = createClock();
        const given = new Set<string>();
        let count = 0;
        const take = (eventTime: number): void => {
          for (let index = 0; index < 3; index += 1) given.add(clock.stamp(eventTime, isLaneGiven ? 5 : undefined));
          count += 3;
        };
        for (const { kind, ms } of actions) {
          if (kind === 'pass') time.pass(ms);
          else if (kind === 'set') time.setWall(ms);
          else if (kind === 'now') take(clock.now());
          else if (kind === 'wall') take(time.wallMs() / 1000);
          else take((time.wallMs() + (kind === 'old' ? -ms : ms)) / 1000);
        }
        expect(given.size).toBe(count);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the present', () => {
  it('is exact to the microsecond and goes with the steady clock', () => {
    const { clock, time } = createClock();
    expect(clock.now()).toBe(START_MS / 1000);
    time.pass(0.25);
    expect(clock.now()).toBe(START_MS / 1000 + 0.00025);
  });

  it('is what a stamp of it says', () => {
    const { clock, time } = createClock();
    for (let index = 0; index < 2000; index += 1) {
      time.pass(0.001 * (index % 13) + 0.0021);
      const now = clock.now();
      const microsecond = Math.round(now * 1e6);
      expect(microsecondsOf(now)).toBe(microsecond);
      // Each 1,024th slot is kept for events of long ago.
      const slot = microsecond % 1024 === 1023 ? microsecond + 1 : microsecond;
      expect(clock.stamp(now).slice(0, -3)).toBe(String(slot));
    }
  });

  it('never goes back and stands still while the wall clock, set back by a minute, makes up for it', () => {
    const { clock, time, leases } = createClock();
    clock.stamp(clock.now());
    time.pass(1000);
    const before = clock.now();
    time.setWall(-60_000);
    time.pass(100);
    expect(clock.now()).toBe(before);
    expect(clock.leadMs).toBeCloseTo(59_900);
    time.pass(60_000);
    expect(clock.now()).toBeCloseTo(before + 0.1, 3);
    expect(clock.leadMs).toBe(0);
    expect(leases).toHaveLength(1);
  });

  it('follows a wall clock set back by ten minutes, on another lane', () => {
    const { clock, time, leases } = createClock();
    const before = clock.now();
    clock.stamp(before);
    time.setWall(-600_000);
    time.pass(100);
    expect(clock.now()).toBeCloseTo(before - 599.9, 3);
    expect(clock.stamp(clock.now()).slice(-3)).toBe('008');
    expect(clock.lane.lane).toBe(8);
    expect(leases).toHaveLength(2);
  });

  it('leases no lane for going back before any stamp', () => {
    const { clock, time, leases } = createClock();
    clock.now();
    time.setWall(-600_000);
    time.pass(100);
    clock.now();
    expect(leases).toEqual([]);
    expect(clock.stamp(clock.now()).slice(-3)).toBe('007');
  });

  it('stays ahead of a wall clock set back where the lane was given, since that cannot change', () => {
    const { clock, time } = createClock();
    const before = clock.now();
    clock.stamp(before, 5);
    time.setWall(-600_000);
    time.pass(100);
    expect(clock.now()).toBe(before);
    expect(clock.stamp(clock.now(), 5)).not.toBe(clock.stamp(before, 5));
  });

  it('follows a wall clock set forward', () => {
    const { clock, time } = createClock();
    const before = clock.now();
    time.setWall(3_600_000);
    time.pass(60);
    expect(clock.now()).toBeCloseTo(before + 3600.06, 3);
  });

  it('follows a wall clock that drifts, by steps of two milliseconds at most', () => {
    const { clock, time } = createClock();
    for (let second = 0; second < 1000; second += 1) {
      time.pass(1000);
      time.setWall(0.1);
      expect(Math.abs(clock.now() * 1000 - time.wallMs())).toBeLessThan(2.2);
    }
  });
});

describe('the clock of the process', () => {
  it('is one', () => {
    expect(processClock()).toBe(processClock());
    expect(processClock().lane.isExclusive).toBe(true);
  });

  it('goes with the system time', () => {
    expect(Math.abs(processClock().now() - Date.now() / 1000)).toBeLessThan(0.05);
    expect(processClock().leadMs).toBeLessThan(50);
  });
});
