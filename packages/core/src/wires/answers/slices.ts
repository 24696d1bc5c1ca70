/**
 * Work on outside text, in steps each of which does a bounded amount: so it is in proportion to the text's length (a test
 * counts the steps), and can be put off between any two.
 */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** How long the event loop is held at once, in milliseconds. */
const SLICE_MS = 1;

/** Works on the event loop a millisecond at a time. */
export async function runInSlices<Result>(steps: Steps<Result>): Promise<Result> {
  for (let endsAtMs = performance.now() + SLICE_MS; ;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() < endsAtMs) continue;
    await new Promise(setImmediate);
    endsAtMs = performance.now() + SLICE_MS;
  }
}
