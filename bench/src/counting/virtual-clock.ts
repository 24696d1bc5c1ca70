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
let passedMs = 0;
/** So that no look at a real clock is optimised away. */
let seen = 0;

/** Moves the clocks of this process. */
export function advance(ms: number): void {
  passedMs += ms;
}

Date.now = () => {
  seen = real.date();
  return Math.floor(startWallMs + look());
};
Object.defineProperty(performance, 'now', {
  configurable: true,
  value: () => {
    seen = real.performance();
    return startSteadyMs + look();
  },
  writable: true,
});
process.hrtime.bigint = () => {
  seen = Number(real.hrtime());
  return startNs + BigInt(Math.round(look() * NS_PER_MS));
};

function look(): number {
  passedMs += seen === 0 ? 0 : LOOK_MS;
  return passedMs;
}
