import { once } from 'node:events';
import { decodeLine, type StoredPoint } from '@influx-monitoring/core';
import { printable } from '../printable.ts';
import { colorsOf, printError, type Terminal } from '../terminal.ts';
import { createPointFilter, type PointWish } from './point-filter.ts';
import { jsonOfPoint } from './point-json.ts';
import { textOfPoint } from './point-text.ts';

/** Prints the points that are wanted, no faster than they are read. */
export class PointPrinter {
  readonly #terminal: Terminal;
  readonly #isWanted: (point: StoredPoint) => boolean;
  readonly #textOf: (point: StoredPoint) => string;
  #shownCount = 0;
  #hasToldOfOthers = false;

  constructor(terminal: Terminal, wish: PointWish, isJson: boolean) {
    const colors = colorsOf(terminal);
    this.#terminal = terminal;
    this.#isWanted = createPointFilter(wish);
    this.#textOf = isJson ? jsonOfPoint : (point) => textOfPoint(point, colors);
  }

  get shownCount(): number {
    return this.#shownCount;
  }

  /** Prints those lines that are wanted. It rejects on Ctrl-C while nobody reads. */
  async print(lines: Iterable<string>): Promise<void> {
    let text = '';
    for (const line of lines) {
      const point = this.#read(line);
      if (point === undefined || !this.#isWanted(point)) continue;
      text += `${this.#textOf(point)}\n`;
      this.#shownCount += 1;
    }
    const { output, signal } = this.#terminal;
    if (text !== '' && !output.write(text)) await once(output, 'drain', { signal });
  }

  /** Says something that is no point. */
  say(sentence: string): void {
    printError(this.#terminal, colorsOf(this.#terminal).yellow(printable(sentence)));
  }

  #read(line: string): StoredPoint | undefined {
    try {
      return decodeLine(line);
    } catch {
      if (!this.#hasToldOfOthers) this.say('lines that are no points, as this service writes them, are left out');
      this.#hasToldOfOthers = true;
      return undefined;
    }
  }
}
