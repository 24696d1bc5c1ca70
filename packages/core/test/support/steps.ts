import type { Steps } from '../../src/wires/answers/slices.ts';

/** Takes all steps in one go. */
export function runAtOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** How many steps there are, and what they come to. */
export function countSteps<Result>(steps: Steps<Result>): { readonly count: number; readonly result: Result } {
  for (let count = 1; ; count += 1) {
    const step = steps.next();
    if (step.done === true) return { count, result: step.value };
  }
}

/** A body in the pieces that it is read in. */
export function piecesOf(body: string): string[] {
  return body.match(/[^]{1,8192}/g) ?? [];
}
