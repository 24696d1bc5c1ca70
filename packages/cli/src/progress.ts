import { SingleBar } from 'cli-progress';
import { printable } from './printable.ts';
import { printError, type Terminal } from './terminal.ts';

/** How far a command is. */
export interface Progress {
  /** @param count - of what the bar counts in words: lines or windows */
  update(done: number, count: number): void;
  /** A line of its own, above the bar where there is one. */
  say(line: string): void;
  stop(): void;
}

/** A bar where a person looks on, else a line for each thing that is said. */
export function createProgress(terminal: Terminal, total: number, unit: 'lines' | 'windows'): Progress {
  const { errorOutput } = terminal;
  const say = (line: string): void => {
    printError(terminal, printable(line));
  };
  if (errorOutput.isTTY !== true) return { update: () => undefined, say, stop: () => undefined };
  const bar = new SingleBar({
    stream: errorOutput,
    format: `{bar} {percentage}% | {count} ${unit} | {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    // Ctrl-C is ours: a bar that ended the process would leave the cursor file behind the lines.
    gracefulExit: false,
  });
  const payload = { count: 0 };
  bar.start(Math.max(1, total), 0, payload);
  return {
    update: (done, count) => {
      payload.count = count;
      bar.update(done, payload);
    },
    say: (line) => {
      // The bar is drawn anew below it.
      errorOutput.write('\r\u001b[K');
      say(line);
      bar.render();
    },
    stop: () => {
      bar.stop();
    },
  };
}
