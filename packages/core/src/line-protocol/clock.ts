import { processWide } from '../process-wide.ts';
import { leaseLane, LANE_COUNT, type LaneLease } from './lane.ts';
import { UsedSlots, WINDOW_SLOTS } from './used-slots.ts';

/** Where the time comes from; tests give their own. */
export interface TimeSource {
  /** The wall clock, in milliseconds since the epoch. It may step. */
  readonly wallMs: () => number;
  /** A clock that never steps, in milliseconds since any moment. */
  readonly steadyMs: () => number;
}

/** How far the steady clock may drift from the wall clock before it is set anew. */
const MAX_DRIFT_MS = 2;

/** How often the two are compared: reading the wall clock at each event costs another 57 ns. */
const COMPARE_EVERY_MS = 50;

/** Set back by more than this (67 s) the wall clock is followed, on another lane. */
const MAX_LEAD_US = WINDOW_SLOTS;

const LATEST_SLOT = Math.floor(Number(2n ** 63n - 1n) / 1e9) * 1e6;

const SYSTEM_TIME: TimeSource = { wallMs: () => Date.now(), steadyMs: () => performance.now() };

/**
 * Time stamps that no two points of one process, and no two processes with lanes of their own, ever share.
 *
 * `ns = microsecond slot × 1000 + lane`. A point gets the slot of its event, or the next one free; so points of equal
 * tags never overwrite each other, and a line that is sent again changes nothing.
 */
export class Clock {
  readonly #time: TimeSource;
  readonly #lease: () => LaneLease;
  #usedSlots: UsedSlots;
  #lane: LaneLease | undefined;
  #laneText = '';
  #offsetMs: number;
  #comparedAtMs: number;
  #lastUs = 0;

  constructor({ time = SYSTEM_TIME, lease = leaseLane }: { time?: TimeSource; lease?: () => LaneLease } = {}) {
    this.#time = time;
    this.#lease = lease;
    this.#comparedAtMs = time.steadyMs();
    this.#offsetMs = time.wallMs() - this.#comparedAtMs;
    this.#usedSlots = new UsedSlots(this.#nowUs());
  }

  /**
   * The present, in seconds since the epoch, exact to the microsecond. It never goes back: where the wall clock is set
   * back by up to 67 s it stands still until that is made up for.
   */
  now(): number {
    return this.#nowUs() / 1e6;
  }

  /**
   * Takes the stamp of an event.
   *
   * @param eventTime - when the event began, in seconds since the epoch; the present where it is no such time
   * @param lane - the lane to use instead of the process's own
   * @returns nanoseconds since the epoch, as decimal digits
   */
  stamp(eventTime: number, lane?: number): string {
    const nowUs = this.#nowUs();
    const wantedUs = Math.round(eventTime * 1e6);
    const isTime = wantedUs >= 0 && wantedUs <= LATEST_SLOT;
    const slot = this.#usedSlots.claim(isTime ? wantedUs : nowUs, nowUs);
    return String(slot) + (lane === undefined ? this.#ownLaneText() : laneDigits(lane));
  }

  /** The lane of this process, leased on first use. */
  get lane(): LaneLease {
    if (this.#lane === undefined) {
      this.#lane = this.#lease();
      this.#laneText = laneDigits(this.#lane.lane);
    }
    return this.#lane;
  }

  /** How far the stamps are ahead of the wall clock, in milliseconds, after it was set back. */
  get leadMs(): number {
    return Math.max(0, this.#lastUs / 1000 - this.#time.wallMs());
  }

  #ownLaneText(): string {
    return this.#lane === undefined ? laneDigits(this.lane.lane) : this.#laneText;
  }

  #nowUs(): number {
    const steadyMs = this.#time.steadyMs();
    if (steadyMs - this.#comparedAtMs >= COMPARE_EVERY_MS) this.#compare(steadyMs);
    const wallUs = Math.floor((steadyMs + this.#offsetMs) * 1000);
    if (wallUs > this.#lastUs) this.#lastUs = wallUs;
    else if (this.#lastUs - wallUs > MAX_LEAD_US) this.#followBack(wallUs);
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
    this.#usedSlots = new UsedSlots(wallUs);
    if (this.#lane === undefined) return;
    this.#lane = this.#lease();
    this.#laneText = laneDigits(this.#lane.lane);
  }
}

/** The clock of this process. */
export function processClock(): Clock {
  return processWide('clock', () => new Clock());
}

function laneDigits(lane: number): string {
  return String(lane % LANE_COUNT).padStart(3, '0');
}
