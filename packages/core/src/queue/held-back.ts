/**
 * What holds events back for a while, as folding does: its memory counts with what is pending, and it gives points for
 * them when all that is there is to be sent.
 */
export interface HeldBack {
  /** Bytes of memory that it takes. */
  readonly byteLength: number;
  /** Events that a crash would lose. */
  readonly openEventCount: number;
  /** Records points for all that it holds, without blocking the event loop; resolves when that is done. */
  readonly endBySlices: () => Promise<void>;
  /** The same, now. */
  readonly endPeriod: () => void;
}

/** Where nothing is held back. */
export const NOTHING_HELD_BACK: HeldBack = Object.freeze({
  byteLength: 0,
  openEventCount: 0,
  endBySlices: () => Promise.resolve(),
  endPeriod: () => undefined,
});
