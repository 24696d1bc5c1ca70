import { onTestFinished } from 'vitest';
import { runCaptured, type CapturedRun, type RunPlace } from './captured-terminal.ts';

/** A command that runs on until it is interrupted. */
export interface RunningCommand {
  readonly done: Promise<CapturedRun>;
  /** All that was printed by now, results and the rest. */
  printed(): string;
  /** Waits until something was printed. It rejects where the command ends without. */
  until(text: string | RegExp): Promise<void>;
  /** Waits until so many lines were printed. */
  lines(count: number): Promise<void>;
  /** Ctrl-C. */
  interrupt(): Promise<CapturedRun>;
}

/** Runs a command in this process, as long as the test lasts. */
export function startCommand(
  commandArguments: readonly string[],
  place: Omit<RunPlace, 'onOutput' | 'signal'>,
): RunningCommand {
  const controller = new AbortController();
  let printed = '';
  let lineCount = 0;
  let wake: () => void = () => undefined;
  let hasEnded = false;
  const onOutput = (text: string): void => {
    printed += text;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineCount += 1;
    wake();
  };
  const done = runCaptured(commandArguments, { ...place, signal: controller.signal, onOutput }).finally(() => {
    hasEnded = true;
    wake();
  });
  onTestFinished(async () => {
    controller.abort();
    await done;
  });
  const until = async (isThere: () => boolean, what: string): Promise<void> => {
    while (!isThere()) {
      if (hasEnded) throw new Error(`the command has ended without ${what}:\n${printed}`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return {
    done,
    printed: () => printed,
    until: (text) =>
      until(() => (typeof text === 'string' ? printed.includes(text) : text.test(printed)), String(text)),
    lines: (count) => until(() => lineCount >= count, `${String(count)} lines`),
    interrupt: () => {
      controller.abort();
      return done;
    },
  };
}
