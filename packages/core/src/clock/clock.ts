// The global one is behind a getter: 82 ns a look at the clock against 55.
import { performance } from 'node:perf_hooks';
import { processWide } from '../process/process-wide.ts';
import { THREE_DIGITS } from './decimal-text.ts';
import { leaseLane, tryLeaseLane, type LaneLease } from './lane.ts';
import { UsedSlots, WINDOW_SLOTS } from './used-slots.ts';

/** Where the time comes from; tests give their own. */
export interface TimeSource {
  /** The wall clock, in milliseconds since the epoch. It may step. */
  readonly wallMs: () => number;
  /** A clock that never steps, in milliseconds since any moment. */
  readonly steadyMs: () => number;
}

/** What a clock is made from; tests give their own. */
export interface ClockInit {
  readonly time?: TimeSource | undefined;
  /** Gets a lane for this process. */
  readonly lease?: (() => LaneLease) | undefined;
  /** Keeps others from a lane that the user gave. */
  readonly occupy?: ((lane: number) => unknown) | undefined;
}

const MICROSECONDS_PER_SECOND = 1_000_000;

/** How far the steady clock may drift from the wall clock before it is set anew. */
const MAX_DRIFT_MS = 2;

/** How often the two are compared: reading the wall clock at each event costs another 57 ns. */
const COMPARE_EVERY_MS = 50;

/** Set back by more than this (67 s) the wall clock is followed, on another lane. */
const MAX_LEAD_US = WINDOW_SLOTS;

/** InfluxDB's last time stamp is of April 2262: a later event is stamped with the present, and none gets there by queueing. */
const LATEST_SLOT = Date.UTC(2262, 0) * 1000;

const SYSTEM_TIME: TimeSource = { wallMs: () => Date.now(), steadyMs: () => performance.now() };

/**
 * Time stamps that no two points of one process, and no two processes with lanes of their own, ever share.
 *
 * `ns = microsecond slot × 1000 + lane`. A point gets the slot of its event, or the next one free; so points of equal
 * tags never overwrite each other, and a line that is sent again changes nothing. Why so:
 * docs/decisions/0001-time-stamps.md.
 */
export class Clock {
  readonly #time: TimeSource;
  readonly #lease: () => LaneLease;
  readonly #occupy: (lane: number) => unknown;
  #usedSlots = new UsedSlots();
  #lane: LaneLease | undefined;
  #laneEndings: readonly string[] = [];
  /** The endings of lanes that users gave. Those cannot be changed, so with any the wall clock is never followed back. */
  readonly #givenEndings = new Map<number, readonly string[]>();
  #offsetMs: number;
  #comparedAtMs: number;
  #lastUs = 0;
  /** The second and the millisecond of the last stamp, and their digits: a busy process has many of one. */
  #second = -1;
  #secondText = '';
  #millisecond = -1;
  #millisecondText = '';

  constructor({ time = SYSTEM_TIME, lease = () => leaseLane(), occupy = tryLeaseLane }: ClockInit = {}) {
    this.#time = time;
    this.#lease = lease;
    this.#occupy = occupy;
    this.#comparedAtMs = time.steadyMs();
    this.#offsetMs = time.wallMs() - this.#comparedAtMs;
  }

  /**
   * The present, in seconds since the epoch, exact to the microsecond. It never goes back: where the wall clock is set
   * back by up to 67 s it stands still until that is made up for; set back by more it follows, on another lane.
   */
  now(): number {
    return this.#nowUs() / MICROSECONDS_PER_SECOND;
  }

  /**
   * Takes the stamp of an event.
   *
   * @param eventTime - when the event began, in seconds since the epoch; the present where it is no such time
   * @param lane - the lane to use instead of the process's own
   * @returns nanoseconds since the epoch, as decimal digits
   */
  stamp(eventTime: number, lane?: number): string {
    const wantedUs = microsecondsOf(eventTime) ?? this.#nowUs();
    // The present is looked up only for an event that is far from the last known one: it costs another 40 ns.
    const slot = this.#usedSlots.claimInside(wantedUs, this.#lastUs) ?? this.#claimFar(wantedUs);
    return this.#digits(slot, lane === undefined ? this.#ownEndings() : this.#endingsOf(lane));
  }

  /** The lane of this process, leased on first use. */
  get lane(): LaneLease {
    if (this.#lane === undefined) {
      this.#lane = this.#lease();
      this.#laneEndings = endingsOf(this.#lane.lane);
    }
    return this.#lane;
  }

  /** How far the stamps are ahead of the wall clock, in milliseconds, after it was set back. */
  get leadMs(): number {
    return Math.max(0, this.#lastUs / 1000 - this.#time.wallMs());
  }

  #claimFar(wantedUs: number): number {
    const nowUs = this.#nowUs();
    return this.#usedSlots.claim(wantedUs, nowUs);
  }

  #ownEndings(): readonly string[] {
    // The getter leases the lane, and makes its endings.
    return this.#lane === undefined ? endingsOf(this.lane.lane) : this.#laneEndings;
  }

  #endingsOf(lane: number): readonly string[] {
    const known = this.#givenEndings.get(lane);
    if (known !== undefined) return known;
    const endings = endingsOf(lane);
    this.#givenEndings.set(lane, endings);
    // Who leases a lane on this host passes over it then.
    this.#occupy(lane);
    return endings;
  }

  /** A slot's digits. String() of a number beyond 32 bits takes 150 ns, this 15. */
  #digits(slot: number, endings: readonly string[]): string {
    const millisecond = Math.floor(slot / 1000);
    if (millisecond !== this.#millisecond) {
      this.#millisecond = millisecond;
      this.#millisecondText = this.#digitsOfMillisecond(millisecond);
    }
    // The rest is below 1,000.
    return this.#millisecondText + (endings[slot - millisecond * 1000] as string);
  }

  #digitsOfMillisecond(millisecond: number): string {
    const second = Math.floor(millisecond / 1000);
    // The digits in front of the last three are those of the second, and none where that is 0.
    if (second === 0) return String(millisecond);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = String(second);
    }
    // The rest is below 1,000.
    return this.#secondText + (THREE_DIGITS[millisecond - second * 1000] as string);
  }

  #nowUs(): number {
    const steadyMs = this.#time.steadyMs();
    if (steadyMs - this.#comparedAtMs >= COMPARE_EVERY_MS) this.#compare(steadyMs);
    const wallUs = Math.floor((steadyMs + this.#offsetMs) * 1000);
    if (wallUs > this.#lastUs) this.#lastUs = wallUs;
    else if (this.#lastUs - wallUs > MAX_LEAD_US && this.#givenEndings.size === 0) this.#followBack(wallUs);
    return this.#lastUs;
  }

  #compare(steadyMs: number): void {
    this.#comparedAtMs = steadyMs;
    const wallMs = this.#time.wallMs();
    if (Math.abs(wallMs - (steadyMs + this.#offsetMs)) > MAX_DRIFT_MS) this.#offsetMs = wallMs - steadyMs;
  }

  /**
   * The wall clock was wrong by more than we can wait for: go back with it, on another lane, since the slots of that
   * time may have been used. The earlier lease is kept, so that no one else stamps there.
   */
  #followBack(wallUs: number): void {
    this.#lastUs = wallUs;
    this.#usedSlots = new UsedSlots();
    if (this.#lane === undefined) return;
    this.#lane = this.#lease();
    this.#laneEndings = endingsOf(this.#lane.lane);
  }
}

/**
 * The microsecond of an event, since the epoch.
 *
 * @param eventTime - seconds since the epoch
 * @returns `undefined` where InfluxDB knows no such time
 */
export function microsecondsOf(eventTime: number): number | undefined {
  const microseconds = Math.round(eventTime * MICROSECONDS_PER_SECOND);
  return microseconds >= 0 && microseconds <= LATEST_SLOT ? microseconds : undefined;
}

/** The clock of this process. */
export function processClock(): Clock {
  return processWide('core.clock', 1, () => new Clock());
}

/** The last six digits of a lane's stamps, by the microsecond within its millisecond. */
function endingsOf(lane: number): readonly string[] {
  const laneDigits = THREE_DIGITS[lane] ?? '000';
  return THREE_DIGITS.map((microsecond) => microsecond + laneDigits);
}
