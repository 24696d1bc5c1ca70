/**
 * When sends end. ws calls back for all sends of a broadcast one after the other, after the last of them was written;
 * recording a point costs more than a microsecond, so the thousandth callback would find a clock that recording the
 * others has moved on by milliseconds. Callbacks of one burst therefore share the time of the first.
 */

/** Sends that began and have not ended, of all sockets: only where there are others can there be a burst. */
let pendingCount = 0;

/** The time shared by the callbacks of the burst that runs now, in milliseconds of `performance.now()`. */
let burstMs: number | undefined;

const RESOLVED = Promise.resolve();

/** True while callbacks share a time: what is sent now ends later than that, and must not have it. */
export function isInBurst(): boolean {
  return burstMs !== undefined;
}

/** Says that a send began: after ws took it, for one that throws never ends. */
export function countBegin(): void {
  pendingCount += 1;
}

/**
 * The time at which a send ended, in milliseconds of `performance.now()`.
 *
 * @param beganInBurst - what `isInBurst` said when the send began
 */
export function endOfSendMs(beganInBurst: boolean): number {
  pendingCount -= 1;
  if (burstMs !== undefined && !beganInBurst) return burstMs;
  const nowMs = performance.now();
  if (burstMs === undefined && pendingCount > 0) {
    burstMs = nowMs;
    // Node runs promise jobs when all ticks are done, and the callbacks of one broadcast are ticks in a row.
    void RESOLVED.then(endBurst);
  }
  return nowMs;
}

function endBurst(): void {
  burstMs = undefined;
}
