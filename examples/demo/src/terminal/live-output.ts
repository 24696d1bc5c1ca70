import type { WriteStream } from 'node:tty';
import { formatLiveLine, formatLiveTable, type LiveState } from './live-view.ts';
import { Screen } from './screen.ts';
import { createStyle, type Style } from './style.ts';

/** Where the demo writes. */
export interface LiveOutput {
  readonly style: Style;
  /** Shows the figures of now. */
  show(state: LiveState): void;
  /** Ends that; more may be printed below. */
  close(): void;
}

/** A table that is drawn over itself in a terminal; a line each time elsewhere. */
export function createLiveOutput(output: WriteStream, environment: NodeJS.ProcessEnv): LiveOutput {
  const isTerminal = output.isTTY && environment['TERM'] !== 'dumb';
  const style = createStyle(isTerminal && (environment['NO_COLOR'] ?? '') === '');
  if (!isTerminal) {
    return {
      style,
      show: (state) => {
        output.write(`${formatLiveLine(state)}\n`);
      },
      close: () => undefined,
    };
  }
  const screen = new Screen(output);
  return {
    style,
    show: (state) => {
      screen.draw(formatLiveTable(state, style));
    },
    close: () => {
      screen.close();
    },
  };
}
