import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutsideSlots } from '../../src/clock/outside-slots.ts';
import { UsedSlots, WINDOW_SLOTS } from '../../src/clock/used-slots.ts';

const NOW = 1_790_000_000_000_000;
const RESERVED_EVERY = 1024;

function isReserved(slot: number): boolean {
  return slot % RESERVED_EVERY === RESERVED_EVERY - 1;
}

/** The plain version: every slot ever given, in a set. */
class NaiveSlots {
  readonly #used = new Set<number>();

  claim(wanted: number): number {
    let slot = wanted;
    while (this.#used.has(slot) || isReserved(slot)) slot += 1;
    this.#used.add(slot);
    return slot;
  }
}

describe('UsedSlots inside the window', () => {
  it('gives what the plain version gives, in any order', () => {
    const offset = fc.oneof(
      fc.integer({ min: -3000, max: 0 }),
      fc.constantFrom(-40_000, -1, 0, 5),
      fc.integer({ min: -30_000_000, max: 20_000_000 }),
    );
    const burst = fc.record({ offset, count: fc.integer({ min: 1, max: 300 }), step: fc.constantFrom(0, 0, 1, -1, 7) });
    fc.assert(
      fc.property(fc.array(burst, { maxLength: 60 }), (bursts) => {
        const slots = new UsedSlots();
        const naive = new NaiveSlots();
        for (const { offset: start, count, step } of bursts) {
          for (let index = 0; index < count; index += 1) {
            const wanted = NOW + start + index * step;
            const slot = slots.claim(wanted, NOW);
            expect(slot).toBe(naive.claim(wanted));
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('gives a burst of one moment each slot after it, over many blocks, with few steps each', () => {
    const slots = new UsedSlots();
    const given = new Set<number>();
    for (let index = 0; index < 500_000; index += 1) {
      // Two moments in turn, so that no run of the last claim helps.
      given.add(slots.claim(NOW + (index % 2), NOW));
    }
    expect(given.size).toBe(500_000);
    expect(Math.max(...[...given].slice(-2))).toBeLessThan(NOW + 501_000);
  });

  it('forgets nothing as time goes on for minutes', () => {
    const slots = new UsedSlots();
    const given = new Set<number>();
    let now = NOW;
    for (let index = 0; index < 20_000; index += 1) {
      now += 17_001;
      given.add(slots.claim(now, now));
      given.add(slots.claim(now - 60_000_000, now));
      given.add(slots.claim(now - 60_000_000, now));
    }
    expect(given.size).toBe(60_000);
  });
});

describe('UsedSlots outside the window', () => {
  it('gives reserved slots, at most 1,024 µs later, and never one twice', () => {
    const slots = new UsedSlots();
    slots.claim(NOW, NOW);
    // A ring place is overtaken by the block of the same place, 67 s later.
    const past = NOW - WINDOW_SLOTS;
    const first = slots.claim(past, NOW);
    expect(first).toBeGreaterThanOrEqual(past);
    expect(first - past).toBeLessThan(RESERVED_EVERY);
    expect(isReserved(first)).toBe(true);
    expect(slots.claim(past, NOW)).toBe(first + RESERVED_EVERY);
    const future = slots.claim(NOW + WINDOW_SLOTS, NOW);
    expect(isReserved(future)).toBe(true);
    // When that time has come, the slot is not given again.
    const later = Array.from({ length: 2000 }, () => slots.claim(NOW + WINDOW_SLOTS, NOW + WINDOW_SLOTS));
    expect(later).not.toContain(future);
  });

  it('goes outside where a scan meets a block that was overtaken', () => {
    const slots = new UsedSlots();
    const block = 32_768;
    const start = Math.ceil(NOW / block) * block;
    // The block after `start` gives way to one 67 s later; then the block of `start` overflows into it.
    slots.claim(start + block + WINDOW_SLOTS, start + WINDOW_SLOTS);
    const given = Array.from({ length: block + 100 }, () => slots.claim(start, start));
    expect(new Set(given).size).toBe(given.length);
    expect(given.filter(isReserved)).toHaveLength(100 + block / RESERVED_EVERY);
  });

  it('never gives a slot twice, wherever claims come from', () => {
    const moment = fc.oneof(
      fc.integer({ min: 0, max: 400_000_000 }).map((back) => NOW - back),
      fc.constantFrom(0, 5, NOW - 3_600_000_000, NOW + 3_600_000_000, NOW - WINDOW_SLOTS, NOW),
      fc.maxSafeInteger(),
    );
    const step = fc.record({ wanted: moment, count: fc.integer({ min: 1, max: 50 }), pass: fc.nat(10_000_000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const slots = new UsedSlots();
        const given = new Set<number>();
        let claims = 0;
        let now = NOW;
        for (const { wanted, count, pass } of steps) {
          now += pass;
          for (let index = 0; index < count; index += 1) given.add(slots.claim(wanted, now));
          claims += count;
        }
        expect(given.size).toBe(claims);
      }),
      { numRuns: 300 },
    );
  });
});

describe('OutsideSlots', () => {
  it('gives what a set of used slots gives', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 400 }), (claims) => {
        const slots = new OutsideSlots();
        const used = new Set<number>();
        for (const wanted of claims) {
          let expected = wanted;
          while (used.has(expected)) expected += 1;
          used.add(expected);
          expect(slots.claim(wanted)).toBe(expected);
        }
      }),
    );
  });

  it('keeps a million claims of one moment as one run', () => {
    const slots = new OutsideSlots();
    const wrong = Array.from({ length: 1_000_000 }, (_, index) => slots.claim(7) - index).filter(
      (first) => first !== 7,
    );
    expect(wrong).toEqual([]);
    expect(slots.runCount).toBe(1);
  });

  it('bounds its memory by joining the closest runs, and still gives none twice', () => {
    const slots = new OutsideSlots();
    const given = new Set<number>();
    const count = 120_000;
    for (let index = 0; index < count; index += 1) {
      // Scattered without order: multiples of a number prime to the range.
      const slot = slots.claim(((index * 7_368_787) % 15_485_863) * 3);
      given.add(slot);
      if (index % 5 === 0) given.add(slots.claim(slot));
    }
    expect(given.size).toBe(count + count / 5);
    expect(slots.runCount).toBeLessThanOrEqual(32_768);
  });

  it('joins equally distant runs as well', () => {
    const slots = new OutsideSlots();
    for (let index = 0; index < 100_000; index += 1) slots.claim(index * 2);
    expect(slots.runCount).toBeLessThanOrEqual(32_768);
  });
});
