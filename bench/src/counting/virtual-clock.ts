/**
 * Under valgrind a process runs some fifty times slower, and what is done once a millisecond or a second would count fifty
 * times. So the clocks of the process go with the work that it does: `advance` moves them, and each look at one a little.
 * The real ones are looked at as well, since that takes instructions too.
 *
 * To be imported before all that reads a clock.
 */
import { performance } from 'node:perf_hooks';

/** What each look moves the clocks by, in milliseconds, so that no duration is 0 or round. */
const LOOK_MS = 0.0017;
const NS_PER_MS = 1e6;

const real = {
  date: Date.now.bind(Date),
  hrtime: process.hrtime.bigint.bind(process.hrtime),
  performance: performance.now.bind(performance),
};
const startWallMs = real.date();
const startSteadyMs = real.performance();
const startNs = real.hrtime();
/**
 * How far the clocks were moved, and what a real one said last, so that no look at one is optimised away. In an array of
 * doubles, since V8 makes a number of its own for each store into a variable: 100 instructions a look that are nobody's.
 */
const state = new Float64Array(2);
const PASSED_MS = 0;
const SEEN = 1;

/** Moves the clocks of this process. */
export function advance(ms: number): void {
  // Here and below: both are there.
  state[PASSED_MS] = (state[PASSED_MS] as number) + ms;
}

Date.now = () => {
  state[SEEN] = real.date();
  return Math.floor(startWallMs + look());
};
Object.defineProperty(performance, 'now', {
  configurable: true,
  value: () => {
    state[SEEN] = real.performance();
    return startSteadyMs + look();
  },
  writable: true,
});
process.hrtime.bigint = () => {
  state[SEEN] = Number(real.hrtime());
  return startNs + BigInt(Math.round(look() * NS_PER_MS));
};

function look(): number {
  const passedMs = (state[PASSED_MS] as number) + (state[SEEN] === 0 ? 0 : LOOK_MS);
  state[PASSED_MS] = passedMs;
  return passedMs;
}
