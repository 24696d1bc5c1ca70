import type { WriteStream } from 'node:tty';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[0J';

/** Text that is drawn again and again over itself, in a terminal. */
export class Screen {
  readonly #terminal: WriteStream;
  #height: number | undefined;

  constructor(terminal: WriteStream) {
    this.#terminal = terminal;
  }

  /** Draws lines in place of those drawn before, cut to the width of the terminal. */
  draw(lines: readonly string[]): void {
    const up = this.#height === undefined ? HIDE_CURSOR : `\u001b[${String(this.#height)}A`;
    const room = this.#terminal.rows - 1;
    const shown = lines.slice(0, room).map((line) => cutToWidth(line, this.#terminal.columns));
    this.#terminal.write(`${up}\r${CLEAR_BELOW}${shown.join('\n')}\n`);
    this.#height = shown.length;
  }

  /** Leaves the last drawing where it is and gives the cursor back. */
  close(): void {
    if (this.#height !== undefined) this.#terminal.write(SHOW_CURSOR);
  }
}

/** Escape sequences take no room. */
function cutToWidth(line: string, width: number): string {
  let column = 0;
  let cut = '';
  // eslint-disable-next-line no-control-regex -- colours are control characters
  for (const part of line.split(/(\u001b\[\d+m)/)) {
    if (part.startsWith('\u001b')) cut += part;
    else {
      cut += part.slice(0, Math.max(0, width - column));
      column += part.length;
    }
  }
  return cut;
}
